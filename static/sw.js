// The service worker makes the site work with the server gone. Its cache holds
// exactly the files of one build, each checked against its hash, all or none.
// Caches are shared by every page of a host: only our own are ever touched.
"use strict";
const cacheName = "trialbox-{{VERSION}}";
const files = {{FILES}}; // [address relative to this file, hash]

self.addEventListener("install", (e) => e.waitUntil((async () => {
  const cache = await caches.open(cacheName);
  try {
    await cache.addAll(files.map(([url, integrity]) => new Request(url, {cache: "reload", integrity})));
  } catch (err) {
    await caches.delete(cacheName); // an empty copy must not pass for a version
    throw err;
  }
})()));

self.addEventListener("activate", (e) => e.waitUntil((async () => {
  for (const name of await caches.keys()) {
    if (name.startsWith("trialbox-") && name !== cacheName) await caches.delete(name);
  }
})()));

// A page keeps the version it was loaded with, to its last file: shown says
// which. A page that is loaded while a newer version waits gets the newer one,
// so a reload brings the update and nothing else does. (Letting the waiting
// worker take over, skipWaiting, has been seen to hold up the reload.)
const shown = new Map(); // client -> name of its cache

async function cacheFor(e) {
  let name = shown.get(e.clientId) || cacheName;
  if (e.request.mode === "navigate") {
    name = cacheName;
    if (self.registration.waiting) name = (await caches.keys()).filter((n) => n.startsWith("trialbox-")).pop() || name;
    shown.set(e.resultingClientId, name);
  }
  return await caches.has(name) ? caches.open(name) : null; // null: everything was erased
}

self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (url.origin !== location.origin) {
    e.respondWith(Response.error()); // nothing passes here to another host
    return;
  }
  if (e.request.method !== "GET") return;
  e.respondWith((async () => {
    const cache = await cacheFor(e);
    const scope = new URL(self.registration.scope);
    const home = url.pathname === scope.pathname || url.pathname === scope.pathname + "index.html";
    const kept = await cache?.match(home ? scope.href : e.request, {ignoreSearch: true});
    return kept || fetch(e.request);
  })());
});
