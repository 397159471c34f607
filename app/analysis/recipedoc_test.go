package analysis

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"trialbox/app/instrument"
)

// TestRecipeDocumented: README.md of this folder names every field that a
// recipe can have, and the recipe it shows is one.
func TestRecipeDocumented(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	_, rest, _ := strings.Cut(text, "```json\n")
	shown, _, _ := strings.Cut(rest, "```")
	if r, err := ParseRecipe([]byte(shown)); err != nil || len(r.Outcomes) != 2 {
		t.Errorf("the recipe shown: %v", err)
	}
	seen := map[reflect.Type]bool{reflect.TypeFor[instrument.File](): true} // has a page of its own
	var walk func(at reflect.Type, path string)
	walk = func(at reflect.Type, path string) {
		switch at.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			walk(at.Elem(), path)
			return
		}
		if at.Kind() != reflect.Struct || seen[at] || reflect.PointerTo(at).Implements(reflect.TypeFor[json.Unmarshaler]()) {
			return
		}
		seen[at] = true
		for i := range at.NumField() {
			name, _, _ := strings.Cut(at.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(text, "`"+name+"`") && !strings.Contains(text, "**"+name+"**") && !strings.Contains(text, "**"+name+".**") {
				t.Errorf("%s.%s is not explained", path, name)
			}
			walk(at.Field(i).Type, path+"."+name)
		}
	}
	walk(reflect.TypeFor[Recipe](), "recipe")
}
