// Package design plans a trial before there is one: how many units and people
// it needs (Size), what its model will find in trials made up of the plan
// (Simulation), and which unit goes to which arm (Log). What an analyst types
// is kept as typed, as Choices of a recipe, and every field that cannot be
// used is said by name beside the others' results.
//
// It computes nothing by itself: stats, stats/allocate and stats/power do. It
// draws nothing either; app/report and app/ui do.
package design
