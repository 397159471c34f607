//go:build !embedsite && !js

package main

import "io/fs"

// embeddedSite is nil: this program was built without the site inside.
func embeddedSite() fs.FS { return nil }
