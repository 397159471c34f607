// Package static holds what is served as it lies: the page, its style sheet
// and icons, the service worker, and the example trial in example/. Put a
// file here and it is part of the site and of the built-in program; this Go
// file is the only one that is not for the browser.
//
// The example trial is simulated: no person stands behind any row.
package static

import "embed"

// FS is the folder. Files whose names begin with a dot or an underscore are
// left out.
//
//go:embed *
var FS embed.FS
