// boot.js starts the program, in all forms of the page: from a web host, and
// from one file that carries everything inside. It closes the doors that the
// page's policy does not cover, loads the two WebAssembly programs (the page's
// and the workers'), looks after the service worker, and turns the theme.
// What it offers to the program hangs on window.trialbox; see wasm/browser.
"use strict";
(() => {
  // The policy (CSP) forbids foreign requests by fetch, images, scripts and
  // frames. It does not cover these, so they are taken away before any other
  // code runs. The workers do the same, see workerSource.
  for (const [place, name] of [
    [window, "RTCPeerConnection"], [window, "webkitRTCPeerConnection"], [window, "WebTransport"], [window, "open"],
    [Navigator.prototype, "sendBeacon"],
  ]) {
    delete place[name];
    if (name in place) Object.defineProperty(place, name, {value: undefined, configurable: false, writable: false});
  }

  // restore undoes what the build did to pack the programs better: the table by
  // which Go finds its way in a stack is shipped as differences from entry to
  // entry, and its index is left out (wasm/build_stripdeltas.go). A program
  // without the section is whole.
  function restore(module, instance) {
    const [section] = WebAssembly.Module.customSections(module, "deltas");
    if (!section) return;
    const [at, functions, found] = new Uint32Array(section);
    const table = new Uint32Array(instance.exports.mem.buffer, at);
    const index = new Uint32Array(instance.exports.mem.buffer, found);
    const before = new Uint32Array(41);
    const value = (i, column, none) => {
      const code = table[i] - 1;
      table[i] = code < 0 ? none : before[column] += (code >>> 1) ^ -(code & 1);
    };
    for (let k = 0, entry = 0, offset = 0, b = 0; k < functions; k++) {
      const start = entry;
      table[2 * k] = entry += table[2 * k];
      if (k) for (const end = b + 16 * (entry - start); b < end; b++) index[5 * b] = k - 1;
      table[2 * k + 1] = offset += table[2 * k + 1];
      const f = offset / 4, tables = table[f + 7], pieces = table[f + 10] >>> 24;
      table[f] += start;
      value(f + 4, 40, 0xffffffff);
      for (let j = 0; j < tables; j++) value(f + 11 + j, j, 0);
      for (let j = 0; j < pieces; j++) value(f + 11 + tables + j, 16 + j, 0xffffffff);
    }
  }

  // A worker lives on its own global object, with the same holes.
  const workerSource = `
    const restore = ${restore};
    delete self.WebTransport; delete self.RTCPeerConnection;
    onmessage = async (e) => {
      if (e.data.t !== "init") return;
      try {
        const go = new Go();
        const instance = await WebAssembly.instantiate(e.data.module, go.importObject);
        restore(e.data.module, instance);
        await go.run(instance);
        postMessage({t: "exit", text: "the worker program ended"});
      } catch (err) {
        postMessage({t: "exit", text: String(err)});
      }
    };`;

  const el = (id) => document.getElementById(id);
  const single = !!el("file:app.wasm");

  // bytesOf reads what the build wrote as text (wasm/build_text.go): two of 91
  // characters hold 13 bits, or 14.
  function bytesOf(text) {
    const digit = new Uint8Array(127);
    for (let c = 33, n = 0; c < 127; c++) if (c !== 60 && c !== 38 && c !== 34) digit[c] = n++;
    const out = new Uint8Array(text.length * 7 >> 3);
    let bits = 0, held = 0, n = 0;
    for (let i = 0; i < text.length; i += 2) {
      const v = digit[text.charCodeAt(i)] + (i + 1 < text.length ? digit[text.charCodeAt(i + 1)] * 91 : 0);
      bits |= v << held;
      held += i + 1 === text.length ? 7 : (v & 8191) > 88 ? 13 : 14;
      for (; held > 7; held -= 8, bits >>>= 8) out[n++] = bits;
    }
    return out.subarray(0, n);
  }

  // bytes gives one of the page's own files: from the page itself in the
  // single file, from beside the page otherwise.
  async function bytes(name) {
    const inside = el("file:" + name);
    if (inside) {
      const packed = bytesOf(inside.textContent);
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
      return new Response(stream).arrayBuffer();
    }
    const answer = await fetch(name);
    if (!answer.ok) throw new Error(`${name}: the host answered ${answer.status}`);
    return answer.arrayBuffer();
  }

  async function wasmExecSource() {
    const script = el("wasm_exec.js");
    return script.textContent || new TextDecoder().decode(await bytes("wasm_exec.js"));
  }

  // Only Blob workers: they inherit the page's policy, workers started from a
  // URL do not. The program is compiled once and handed to every worker.
  let workerParts;
  function prepareWorkers() {
    workerParts ||= (async () => {
      const [module, exec] = await Promise.all([bytes("worker.wasm").then((b) => WebAssembly.compile(b)), wasmExecSource()]);
      return {module, url: URL.createObjectURL(new Blob([exec, ";", workerSource], {type: "text/javascript"}))};
    })();
    return workerParts;
  }
  async function startWorker() {
    const {module, url} = await prepareWorkers();
    const worker = new Worker(url);
    worker.postMessage({t: "init", module});
    return worker;
  }

  // ---- service worker: works with the server gone; a new version waits ----
  window.goappOnUpdate = () => { window.goappUpdatedBeforeWasmLoaded = true; };
  window.goappTryUpdate = () => { navigator.serviceWorker?.getRegistration().then((r) => r && r.update()); };

  async function keepOffline() {
    const registration = await navigator.serviceWorker.register("sw.js", {updateViaCache: "none"});
    registration.addEventListener("updatefound", () => {
      const next = registration.installing;
      next?.addEventListener("statechange", () => {
        if (next.state === "installed" && navigator.serviceWorker.controller) window.goappOnUpdate();
      });
    });
    if (registration.waiting && navigator.serviceWorker.controller) window.goappOnUpdate();
  }

  // ---- small things the page does without the program ----
  document.addEventListener("click", (e) => {
    const target = e.target instanceof Element ? e.target : null;
    if (target?.closest("[data-turn-theme]")) {
      const root = document.documentElement;
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try { sessionStorage.setItem("trialbox-theme", root.dataset.theme); } catch { /* no storage: until reload */ }
    }
    if (target?.closest("[data-reload]")) location.reload();
    // A link to another host opens beside the page, and tells the host nothing.
    const link = target?.closest("a[href]");
    if (link && /^https?:$/.test(link.protocol) && link.host !== location.host) {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
  }, true);
  try {
    const theme = sessionStorage.getItem("trialbox-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch { /* storage forbidden: the system's theme */ }

  // ---- start ----
  function failed(text) {
    const state = el("boot-state"), box = el("boot-failed"), line = el("boot-failed-text");
    if (state) state.hidden = true;
    if (line) line.textContent = text;
    if (box) box.hidden = false;
  }
  function crashed() {
    const box = el("crashed");
    if (box) box.hidden = false;
  }

  window.trialbox = Object.freeze({single, bytes, startWorker});

  async function start() {
    if (typeof WebAssembly !== "object" || typeof WebAssembly.instantiate !== "function") {
      failed("Trialbox needs WebAssembly, which is switched off or missing in this browser. It is part of every current browser; a security setting of this browser or of your organisation may have switched it off.");
      return;
    }
    if (single && typeof DecompressionStream !== "function") {
      failed("This browser is too old for Trialbox as one file. Chrome or Edge from 2020, Firefox from 2023 and Safari from 2023 can open it.");
      return;
    }
    if (!single && location.protocol === "file:") {
      failed("This folder has to be served by a web host. To open Trialbox by double click, use the file trialbox.html.");
      return;
    }
    const offline = !single && "serviceWorker" in navigator;
    try {
      const go = new Go();
      const program = single || !WebAssembly.instantiateStreaming
        ? bytes("app.wasm").then((b) => WebAssembly.instantiate(b, go.importObject))
        : WebAssembly.instantiateStreaming(fetch("app.wasm"), go.importObject);
      prepareWorkers().catch(() => { workerParts = undefined; }); // told by the pool when it asks again
      const {module, instance} = await program;
      restore(module, instance);
      go.run(instance).then(crashed, crashed); // it only ever ends by a fault
    } catch (err) {
      failed("The program could not be loaded: " + err);
      return;
    }
    if (offline) keepOffline().catch((err) => console.error("service worker:", err));
  }
  start();
})();
