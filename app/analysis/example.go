package analysis

import (
	_ "embed"
)

//go:embed example.recipe.json
var exampleRecipe []byte

// ExampleRecipe is the model paper's analysis of the example trial: the first
// recipe a user can read. It panics when the shipped file is broken, which a
// test would see first.
func ExampleRecipe() Recipe {
	r, err := ParseRecipe(exampleRecipe)
	if err != nil {
		panic("analysis: the shipped recipe: " + err.Error())
	}
	return r
}
