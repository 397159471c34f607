// Package analysis turns a trial into models and their replicates into results.
//
// A Recipe says everything but the data. Plan reads it against a Trial and
// gives one Job an outcome: a boot.Job, complete in itself, that runs the same
// on screen, in a worker and in the headless command. What comes back, the fit
// and batches of replicates in any order, is gathered in a Progress; Assemble
// turns all of them into the Result that tables and figures are made of.
//
// This room never draws, never stores and never fits on its own: Plan and
// Assemble are pure, and RunAll, the road of the headless command, only calls
// stats/boot. Next: app/report for the tables, stats/boot for the numbers.
package analysis
