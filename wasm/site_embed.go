//go:build embedsite && !js

package main

import (
	"embed"
	"io/fs"
)

// The folder site exists only while `trialbox build` lays it over the tree.
//
//go:embed all:site
var embedded embed.FS

func embeddedSite() fs.FS {
	site, err := fs.Sub(embedded, "site")
	if err != nil {
		panic(err) // the folder is named in the line above
	}
	return site
}
