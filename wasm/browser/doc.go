// Package browser is the JavaScript room: it gives app/state the world it asks
// for, made of a browser. Store keeps projects in IndexedDB (store.go, the only
// importer of go-indexeddb), Engine hands work to Blob workers (pool.go), Desk
// is files, clipboard and the network badge (desk.go). It knows nothing of
// trials or screens, and never computes: that is the worker's, wasm/worker.
//
// static/boot.js runs before it and leaves what it needs on window.trialbox.
package browser
