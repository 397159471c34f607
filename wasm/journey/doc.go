// Package journey walks through the built product in a real browser: the site
// under two paths, with the server stopped, and the single file opened from a
// folder. Every test fails on any request that is not the page's own, whether
// the page, its service worker or its workers made it.
//
// Run-book: `make build`, then `TRIALBOX_E2E=1 go test ./wasm/journey`. Without
// TRIALBOX_E2E=1 the tests are skipped where no Chromium is found or nothing
// has been built; with it that is a failure. TRIALBOX_DIST names another dist
// folder, TRIALBOX_SHOTS a folder for screenshots. What a test needs of a page
// is in page_test.go, browser and network log are in browser_test.go.
package journey
