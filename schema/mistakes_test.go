package schema

import (
	"fmt"
	"strings"
	"testing"
)

// mistake is a text with one fault of the kind that people make.
type mistake struct {
	name, text string
	// want is the one finding as "line:col message", hint a part of what it says to do, in the message or the hint.
	want, hint string
	// mended is the text after its mends; empty where only a person can tell.
	mended string
}

const good = `apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata:
  name: photos
  labels: {team: media}
spec:
  algos:
    - name: resize
      image: acme/resize:1
      http:
        port: 8080
      inputs: [{name: photo, from: upload}]
      concurrency: 4
    - name: label
      image: acme/label:1
  hooks:
    - name: notify
      from: resize
`

// slip gives a mistake made in the good text, whose mend, where it is one, gives the good text again.
func slip(name, right, wrong, want, hint string, isMended bool) mistake {
	if strings.Count(good, right) == 0 {
		panic(name)
	}
	m := mistake{name: name, text: strings.Replace(good, right, wrong, 1), want: want, hint: hint}
	if isMended {
		m.mended = good
	}
	return m
}

func mistakes() []mistake {
	return append(slips(),
		mistake{"a second document without its line", good + good, "19:1 the key `apiVersion` stands twice in this map", "put `---`", good + "---\n" + good},
		mistake{"YAML 1.1", env("tls: yes"), "7:41 `spec.kafka.tls` of environment `prod` must be a boolean, found the string `yes`", "write `true`", env("tls: true")},
		mistake{"a near choice", env("credentials: {from: kafkaacces}"), "7:56 `spec.kafka.credentials.from` of environment `prod` cannot be `kafkaacces`", "did you mean `kafkaAccess`?", env("credentials: {from: kafkaAccess}")},
		mistake{"a name for a reference", env("credentials: {from: secretRef, secretRef: kafka}"), "7:78 `spec.kafka.credentials.secretRef` of environment `prod` must be a map, found the string `kafka`", "`{name: kafka}`", env("credentials: {from: secretRef, secretRef: {name: kafka}}")},
		mistake{"a reference forgotten", env("credentials: {from: secretRef}"), "7:49 `spec.kafka.credentials` of environment `prod` lacks `secretRef`", "as in `secretRef: {name: ", ""},
		mistake{"a duration in words", env("limits: {maxRetention: 30 days}"), "7:59 `spec.kafka.limits.maxRetention` of environment `prod` cannot be `30 days`", "did you mean `30d`?", env("limits: {maxRetention: 30d}")},
		mistake{"a duration without unit", env("limits: {maxRetention: 30}"), "7:59 `spec.kafka.limits.maxRetention` of environment `prod` cannot be the integer `30`", "a number and a unit", ""},
		mistake{"a selector of Kubernetes", env("tls: true") + "  pipelines: {selector: {matchLabels: {team: media}}}\n",
			"8:39 `spec.pipelines.selector.matchLabels` of environment `prod` must be a string, found a map", "leave out `matchLabels`", ""},
		mistake{"spec and what is below not indented", "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: photos}\nalgos: []\nhooks: []\n",
			"4:1 pipeline `photos` lacks `spec`: `algos` and `hooks` stand without it", "put `spec:` before `algos`, and indent", ""},
		mistake{"metadata not indented", "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nname: photos\nspec: {}\n",
			"3:1 the pipeline lacks `metadata`: `name` stands without it", "put `metadata:` before `name`", ""},
	)
}

func env(kafka string) string {
	return "apiVersion: pipelinectl.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: prod\nspec:\n  namespace: a\n  kafka: {bootstrapServers: 'a:1', " + kafka + "}\n"
}

func slips() []mistake {
	return []mistake{
		slip("a line indented too far", "      image: acme/resize", "        image: acme/resize", "9:9 `image` is indented deeper than `name` in line 8, which has its value already", "column 7, like `name`", true),
		slip("a line indented too little", "      image: acme/resize", "    image: acme/resize", "9:5 `image` begins in column 5, where no map around it has its keys", "column 7, like `name` in line 8, or column 3, like `algos` in line 7", false),
		slip("a field one level out", "      http:\n        port", "      port", "10:7 unknown field `port` in algo `resize`", "did you mean to put it under `http`?", false),
		slip("a field one level in", "      inputs:", "        inputs:", "12:9 unknown field `inputs` in `http` of algo `resize`", "the field of algo `resize`, one level up", false),
		slip("a field two levels out", "      concurrency: 4", "      attempts: 4", "13:7 unknown field `attempts` in algo `resize`", "under `onFailure.inPlace`", false),
		slip("a section out of spec", "  hooks:\n    - name: notify\n      from: resize\n", "hooks:\n  - name: notify\n    from: resize\n", "16:1 unknown field `hooks` in pipeline `photos`", "indent this under `spec`", false),
		slip("a plural", "image: acme/label", "images: acme/label", "15:7 unknown field `images` in algo `label`", "did you mean `image`?", true),
		slip("a singular", "  algos:", "  algo:", "7:3 unknown field `algo` in `spec` of pipeline `photos`", "did you mean `algos`?", true),
		slip("a field twice, once misspelt", "      concurrency: 4", "      concurrency: 4\n      concurency: 5", "14:7 unknown field `concurency` in algo `resize`", "`concurrency`, which is there already", false),
		slip("a capital", "concurrency:", "Concurrency:", "13:7 unknown field `Concurrency` in algo `resize`", "did you mean `concurrency`?", true),
		slip("a field of another kind of node", "      from: resize", "      from: resize\n      image: a", "19:7 unknown field `image` in hook `notify`", "it is a field of algos", false),
		slip("a quoted number", "port: 8080", `port: "8080"`, "11:15 `http.port` of algo `resize` must be an integer, found the string `8080`", "without quotes", true),
		slip("a number for a text", "team: media", "team: 5", "5:18 `metadata.labels.team` of pipeline `photos` must be a string, found the integer `5`", "in quotes", false),
		slip("a tab", "      image: acme/resize", "\timage: acme/resize", "9:1 found a tab where spaces indent", "spaces only", true),
		slip("a missing colon", "  hooks:", "  hooks", "16:3 expected `:` after this key", "with a space after the colon", false),
		slip("no space after a colon", "      concurrency: 4", "      concurrency:4", "13:18 expected a space after this `:`", "key: value", true),
		slip("no space after a colon in braces", "{name: photo, ", "{name:photo, ", "12:17 unknown field `name:photo` in `inputs[0]` of algo `resize`", "did you mean `name: photo`", true),
		slip("no space after the only colon", "        port: 8080", "        port:8080", "11:9 `http` of algo `resize` must be a map, found the string `port:8080`", "did you mean `port: 8080`", true),
		slip("no space after a dash", "    - name: notify", "    -name: notify", "17:5 expected a space after this `-`", "- key: value", true),
		slip("a dash forgotten", "    - name: notify", "      name: notify", "17:7 `spec.hooks` of pipeline `photos` must be a list, found a map", "did you mean one item: `- ` before `name`?", true),
		slip("a second dash forgotten", "    - name: label", "      name: label", "14:7 the key `name` stands twice in this map", "put `- ` before it", false),
		slip("a map for a list of names and values", "      concurrency: 4", "      env: {DEBUG: x}", "13:12 `env` of algo `resize` must be a list, found a map", "- {name: DEBUG, value: x}", false),
		slip("a list for a map", "{team: media}", "[team: media]", "5:11 `metadata.labels` of pipeline `photos` must be a map, found a list", "`{team: ...}`, in braces", false),
		slip("a list in block for a map", "labels: {team: media}", "labels:\n    - team: media", "6:5 `metadata.labels` of pipeline `photos` must be a map, found a list", "`team` without the dash", false),
		slip("names and values for a map", "labels: {team: media}", "labels:\n    - {name: team, value: 5}", "6:5 `metadata.labels` of pipeline `photos` must be a map, found a list", "`team: \"5\"`", false),
		slip("a number among names and values", "      concurrency: 4", "      env: {DEBUG: '1'}", "13:12 `env` of algo `resize` must be a list, found a map", "- {name: DEBUG, value: \"1\"}", false),
		slip("an assignment for a variable", "      concurrency: 4", "      env: [DEBUG=1]", "13:13 `env[0]` of algo `resize` must be a map, found the string `DEBUG=1`", "`{name: DEBUG, value: \"1\"}`", false),
		slip("a key for a variable", "      concurrency: 4", "      env:\n        - DEBUG: x", "14:11 unknown field `DEBUG` in `env[0]` of algo `resize`", "`{name: DEBUG, value: x}`", false),
		slip("a variable from a Deployment", "      concurrency: 4", "      env: [{name: KEY, valueFrom: {secretKeyRef: {name: a, key: b}}}]", "13:25 unknown field `valueFrom` in `env[0]` of algo `resize`", "`secretKeyRef` here, without `valueFrom` around", false),
		slip("ports of a Deployment", "      concurrency: 4", "      ports: [{containerPort: 8080}]", "13:7 unknown field `ports` in algo `resize`", "the fields here are", false),
		slip("an item with nothing in it", "    - name: notify", "    -\n    - name: notify", "17:6 the hook must be a map, found nothing", "remove its `-`", false),
		slip("a near word", "      concurrency: 4", "      egress: [intenet]", "13:16 `egress[0]` of algo `resize` cannot be `intenet`", "did you mean `internet`?", false),
		slip("curly quotes", "concurrency: 4", "concurrency: \u201C4\u201D", "13:20 `concurrency` of algo `resize` must be an integer, found the string `\u201C4\u201D`", "straight quotes", false),
		slip("several words without brackets", "from: resize", "from: resize, label", "18:13 `from` of hook `notify` cannot be `resize, label`", "the list `[resize, label]`", false),
		slip("no number", "port: 8080", "port: http", "11:15 `http.port` of algo `resize` must be an integer, found the string `http`", "a value such as `", false),
		slip("a misspelt field with a quoted number", "concurrency: 4", "concurency: \"4\"", "13:7 unknown field `concurency` in algo `resize`", "did you mean `concurrency`?", false),
		slip("a word for a list", "inputs: [{name: photo, from: upload}]", "egress: internet", "12:15 `egress` of algo `resize` must be a list, found the string `internet`", "`[internet]`", false),
		slip("a bracket that is open", "from: upload}]", "from: upload}", "12:15 this list is not closed", "close it with `]`", false),
		slip("a bracket too many", "from: upload}]", "from: upload}]]", "12:44 this `]` closes nothing", "remove it", false),
		slip("a brace that is open in a list", "from: upload}]", "from: upload]", "12:16 this map is not closed", "close it with `}`", false),
		slip("a bracket that is open in a list of maps", "from: upload}]", "from: [upload}]", "12:36 this list is not closed", "close it with `]`", false),
		slip("a bracket that is open at the end of the file", "      from: resize\n", "      from: [resize, label\n", "18:13 this list is not closed", "close it with `]`", false),
		slip("an alias of nothing in braces", "{team: media}", "{team: *meida}", "5:18 unknown anchor `meida`", "text that begins with `*` needs quotes", false),
		slip("an alias of nothing", "from: resize", "from: *rezise", "18:13 unknown anchor `rezise`", "text that begins with `*` needs quotes", false),
		slip("a character that begins nothing, in braces", "{team: media}", "{team: @media}", "5:18 this character cannot begin a value", "put the value in quotes", false),
		slip("a star in braces", "{team: media}", "{team: '*', lead: *}", "5:29 `*` and `&` begin an alias and an anchor, and no name follows", "in quotes", false),
		slip("the marks of a conflict", "  hooks:\n", "<<<<<<< HEAD\n  hooks:\n=======\n  hook:\n>>>>>>> other\n", "16:1 this is the mark of a conflict that git left to you", "remove the marks", false),
		slip("a no-break space that indents", "      concurrency: 4", "\u00A0     concurrency: 4", "13:1 found a no-break space, which is a letter to YAML", "replace it by a space", true),
		slip("a no-break space after a colon", "      concurrency: 4", "      concurrency:\u00A04", "13:19 found a no-break space, which is a letter to YAML", "replace it by a space", true),
		slip("an item one column out", "      from: resize", "      from:\n        - resize\n       - label", "20:8 this item begins in column 8, the one before it in column 9", "did you mean column 9, as in line 19?", false),
		slip("a quote that is open in braces", "{team: media}", "{team: \"media}", "5:18 this quote is not closed", "close it", false),
		slip("a quote that is open", "from: resize\n", "from: \"resize\n      http: \"x\"\n", "18:13 this quote is not closed", "close it", false),
		slip("a text with a colon", "from: resize", "from: resize: thumb", "18:19 a text that holds `: ` needs quotes", "in quotes", false),
		slip("a key twice", "      concurrency: 4", "      concurrency: 4\n      concurrency: 5", "14:7 the key `concurrency` stands twice in this map", "keep one", false),
		slip("no spec", "spec:\n", "", "6:3 pipeline `photos` lacks `spec`: `algos` and `hooks` stand in `metadata`", "put `spec:` on a line of its own before `algos`", true),
		slip("no metadata", "metadata:\n  name: photos\n  labels: {team: media}\n", "", "1:1 the pipeline lacks a name", "add `metadata: {name: ...}`", false),
		slip("a kind in lower case", "kind: Pipeline", "kind: pipeline", "2:7 unknown kind `pipeline`", "did you mean `Pipeline`?", true),
		slip("a slip in the version", "pipelinectl.dev/v1alpha1", "pipelinctl.dev/v1alpha1", "1:13 unknown apiVersion `pipelinctl.dev/v1alpha1`", "write `pipelinectl.dev/v1alpha1`", true),
		slip("another version", "pipelinectl.dev/v1alpha1", "pipelinectl.dev/v1beta1", "1:13 unknown apiVersion `pipelinectl.dev/v1beta1`", "write `pipelinectl.dev/v1alpha1`", false),
		slip("the version's key", "apiVersion", "apiversion", "1:1 the document lacks `apiVersion`; did you mean it by `apiversion`?", "add `apiVersion", true),
	}
}

// TestMistakes demands that each mistake gives one finding, which says where, what and how to mend it, the same with CR LF
// at the ends of lines; and that its mends, where it has some, give the text that was meant.
func TestMistakes(t *testing.T) {
	if docs, list := Parse("f", []byte(good)); len(list)+len(NewSet(fakeFragments()...).ValidateAll(docs)) > 0 {
		t.Fatal("the text without mistakes has findings")
	}
	for _, m := range mistakes() {
		t.Run(m.name, func(t *testing.T) {
			m.check(t)
			m.text, m.mended = strings.ReplaceAll(m.text, "\n", "\r\n"), strings.ReplaceAll(m.mended, "\n", "\r\n")
			m.check(t)
		})
	}
}

func (m mistake) check(t *testing.T) {
	t.Helper()
	docs, list := Parse("f", []byte(m.text))
	list = append(list, NewSet(fakeFragments()...).ValidateAll(docs)...)
	if len(list) != 1 {
		t.Fatalf("%d findings: %q", len(list), brief(list))
	}
	d := list[0]
	got := fmt.Sprintf("%d:%d %s", d.Pos.Line, d.Pos.Col, d.Message)
	if before, _, _ := strings.Cut(got, "; "); before != m.want && got != m.want {
		t.Errorf("found %s\nwant  %s", got, m.want)
	}
	if !strings.Contains(d.Message+"\n"+d.Hint, m.hint) || m.hint == "" {
		t.Errorf("%s (%s) does not say %s", d.Message, d.Hint, m.hint)
	}
	if m.mended == "" {
		return
	}
	mended, err := Mend([]byte(m.text), d.Mends)
	if err != nil || string(mended) != m.mended {
		t.Errorf("mended with %+v (%v):\n%s", d.Mends, err, mended)
	}
}

// TestMendsAreSure demands that nothing is mended which only a person can tell.
func TestMendsAreSure(t *testing.T) {
	for _, text := range []string{
		slip("", "name: photos", "name: Photos", "", "", false).text,                    // names are what other systems know
		slip("", "team: media", "team: null", "", "", false).text,                       // what value was meant?
		slip("", "concurrency: 4", "conc: 4", "", "", false).text,                       // not near enough
		slip("", "concurrency: 4", "concurrency: four", "", "", false).text,             // no number in digits
		slip("", "      port: 8080", "\t  port: 8080\n\t\tpath: /", "", "", false).text, // tabs of no width that fits
		env("limits: {maxRetention: 30M}"),                                              // minutes or months
		env("credentials: {from: secret}"),                                              // no choice is near
	} {
		docs, list := Parse("f", []byte(text))
		list = append(list, NewSet(fakeFragments()...).ValidateAll(docs)...)
		if len(list) == 0 {
			t.Errorf("no finding in:\n%s", text)
		}
		for _, d := range list {
			if len(d.Mends) > 0 {
				t.Errorf("%s: mended by %+v", d.Message, d.Mends)
			}
		}
	}
}

// TestTemplate says of a template's braces, which are maps to YAML, that there are no templates.
func TestTemplate(t *testing.T) {
	_, list := Parse("f", []byte(strings.Replace(good, "concurrency: 4", "concurrency: {{ .Values.concurrency }}", 1)))
	if len(list) != 1 || list[0].Pos.Line != 13 || list[0].Pos.Col != 21 || !strings.Contains(list[0].Hint, "documents are no templates") {
		t.Errorf("findings %+v", list)
	}
}
