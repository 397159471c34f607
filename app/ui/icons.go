package ui

// The icons are drawn here so that no font and no file is fetched. Each stands
// beside a word and is hidden from screen readers.
const (
	iconBrand = `<svg viewBox="0 0 22 22" aria-hidden="true"><path d="M11 2v4M11 16v4M7.5 2h7M7.5 20h7" stroke="currentColor" stroke-width="1.6" fill="none"/><rect x="5" y="6" width="12" height="10" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M5 12h12" stroke="currentColor" stroke-width="2.4"/></svg>`

	iconShield = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 1.8l5 1.8v4c0 3.2-2.2 5.4-5 6.6-2.8-1.2-5-3.4-5-6.6v-4z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/><path d="M5.6 8l1.8 1.8 3-3.4" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>`
	iconTheme  = `<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 2a6 6 0 010 12z" fill="currentColor"/></svg>`

	iconDone    = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3.5 8.5l3 3 6-7" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`
	iconReady   = `<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.5"/><circle cx="8" cy="8" r="2.2" fill="currentColor"/></svg>`
	iconEmpty   = `<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2 2.2"/></svg>`
	iconWarn    = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 2.2L14.4 13.6H1.6z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/><path d="M8 6.6v3.2M8 11.4v.9" stroke="currentColor" stroke-width="1.5"/></svg>`
	iconBad     = `<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6" stroke="currentColor" stroke-width="1.5"/></svg>`
	iconInfo    = `<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 7.2v4M8 4.6v1" stroke="currentColor" stroke-width="1.6"/></svg>`
	iconRunning = `<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-opacity=".25" stroke-width="2"/><circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="2" pathLength="100" stroke-dasharray="55 45" transform="rotate(-90 8 8)"/></svg>`
)
