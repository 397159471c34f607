// The service worker makes the site work with the server gone. Its cache holds
// exactly the files of one build, each checked against its hash, all or none.
// Caches are shared by every page of a host: only our own are ever touched.
"use strict";
const cacheName = "trialbox-{{VERSION}}";
const files = {{FILES}}; // [address relative to this file, hash]

self.addEventListener("install", (e) => e.waitUntil((async () => {
  const cache = await caches.open(cacheName);
  await cache.addAll(files.map(([url, integrity]) => new Request(url, {cache: "reload", integrity})));
  // No skipWaiting: a page at work keeps its version.
})()));

self.addEventListener("activate", (e) => e.waitUntil((async () => {
  for (const name of await caches.keys()) {
    if (name.startsWith("trialbox-") && name !== cacheName) await caches.delete(name);
  }
})()));

self.addEventListener("message", (e) => {
  if (e.data?.t !== "take over if alone") return;
  e.waitUntil((async () => {
    const open = await self.clients.matchAll({type: "window", includeUncontrolled: true});
    if (open.filter((c) => c.url.startsWith(self.registration.scope)).length <= 1) await self.skipWaiting();
  })());
});

self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (url.origin !== location.origin) {
    e.respondWith(Response.error()); // nothing passes here to another host
    return;
  }
  if (e.request.method !== "GET") return;
  e.respondWith((async () => {
    const cache = await caches.open(cacheName);
    const scope = new URL(self.registration.scope);
    const home = url.pathname === scope.pathname || url.pathname === scope.pathname + "index.html";
    const kept = await cache.match(home ? scope.href : e.request, {ignoreSearch: true});
    return kept || fetch(e.request);
  })());
});
