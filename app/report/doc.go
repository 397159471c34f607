// Package report turns a Result into tables and figures, and these into files.
//
// A Table is plain values: the page draws it with its own elements, Document
// writes it as HTML that Word takes with its rules, and CSV as numbers a
// spreadsheet takes. Figures are SVG strings that are complete when saved and
// take the page's colours when shown.
//
// This room computes no statistic: what is not in the Result is not in the
// table. Next: app/analysis for the Result, app/ui for the page.
package report
