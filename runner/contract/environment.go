package contract

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// Environment is the part of the contract that belongs to the place a runner runs in. Each field is one variable, named
// by its env tag; an empty field has no variable. Secrets stand in files, whose paths are here.
type Environment struct {
	// NodeFile is the path of the Node document.
	NodeFile string `env:"RUNNER_NODE_FILE"`
	// BootstrapServers are Kafka's addresses in its own form: host:port, separated by commas.
	BootstrapServers string `env:"RUNNER_KAFKA_BOOTSTRAP_SERVERS"`
	// TLS says that Kafka is spoken to over TLS, trusting CAFile or, without it, the public roots.
	TLS    bool   `env:"RUNNER_KAFKA_TLS"`
	CAFile string `env:"RUNNER_KAFKA_CA_FILE"`
	// CertificateFile and KeyFile are the client's certificate and key (PEM) for mutual TLS.
	CertificateFile string `env:"RUNNER_KAFKA_CERTIFICATE_FILE"`
	KeyFile         string `env:"RUNNER_KAFKA_KEY_FILE"`
	// SASLMechanism is SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN; empty: no SASL.
	SASLMechanism string `env:"RUNNER_KAFKA_SASL_MECHANISM"`
	// Username is the SASL user; where only a file knows it, UsernameFile.
	Username     string `env:"RUNNER_KAFKA_USERNAME"`
	UsernameFile string `env:"RUNNER_KAFKA_USERNAME_FILE"`
	PasswordFile string `env:"RUNNER_KAFKA_PASSWORD_FILE"`
	// MemoryLimit is the memory that the container may use, in bytes; 0: not known. Records take a quarter of it.
	MemoryLimit int64 `env:"RUNNER_MEMORY_LIMIT"`
	// Image is the image whose code handles the records, for HeaderImage.
	Image string `env:"RUNNER_NODE_IMAGE"`
	// Command takes the place of Node.Exec.Command, in the same form; on a laptop.
	Command []string `env:"RUNNER_COMMAND"`
	// Dir is the folder that the processes of Node.Exec run in; empty: the runner's own. On a laptop.
	Dir string `env:"RUNNER_DIR"`
	// URL takes the place of the address of Node.HTTP (scheme, host and port; the path stays) or of the whole
	// Node.Webhook.URL; on a laptop.
	URL string `env:"RUNNER_URL"`
}

// The values of Environment.SASLMechanism, as Kafka names them (KIP-84, KIP-43).
const (
	SCRAMSHA512 = "SCRAM-SHA-512"
	SCRAMSHA256 = "SCRAM-SHA-256"
	PLAIN       = "PLAIN"
)

// Names of the variables that other floors refer to.
const (
	VarNodeFile  = "RUNNER_NODE_FILE"
	VarNodeImage = "RUNNER_NODE_IMAGE"
	// VarMemoryLimit is what Kubernetes' downward API fills (resourceFieldRef limits.memory): no file of ours knows it.
	VarMemoryLimit = "RUNNER_MEMORY_LIMIT"
)

// Variable is one environment variable.
type Variable struct {
	Name  string
	Value string
}

// Env gives the variables of e in the order of its fields, empty fields left out. Strings stand as they are, true as
// "true", lists as JSON arrays.
func (e Environment) Env() []Variable {
	var out []Variable
	v := reflect.ValueOf(e)
	for i := range v.NumField() {
		f := v.Field(i)
		if f.IsZero() || (f.Kind() == reflect.Slice && f.Len() == 0) {
			continue
		}
		out = append(out, Variable{Name: v.Type().Field(i).Tag.Get("env"), Value: encode(f)})
	}
	return out
}

func encode(f reflect.Value) string {
	switch f.Kind() {
	case reflect.String:
		return f.String()
	case reflect.Bool:
		return strconv.FormatBool(f.Bool())
	case reflect.Int64:
		return strconv.FormatInt(f.Int(), 10)
	default:
		text, err := json.Marshal(f.Interface())
		if err != nil { // a []string always marshals
			panic(err)
		}
		return string(text)
	}
}

// VariableNames are the names of all variables of an Environment, in the order of its fields.
func VariableNames() []string {
	t := reflect.TypeFor[Environment]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("env")
	}
	return names
}

// FromEnv reads what Env wrote, through lookup (os.LookupEnv, say), and validates it.
func FromEnv(lookup func(name string) (string, bool)) (Environment, error) {
	var e Environment
	v := reflect.ValueOf(&e).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("env")
		text, ok := lookup(name)
		if !ok || text == "" {
			continue
		}
		if err := decode(v.Field(i), text); err != nil {
			return Environment{}, fmt.Errorf("contract: variable %s: %w", name, err)
		}
	}
	return e, e.Validate()
}

func decode(f reflect.Value, text string) error {
	switch f.Kind() {
	case reflect.String:
		f.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		f.SetBool(b)
	case reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number of bytes", text)
		}
		f.SetInt(n)
	default:
		if err := json.Unmarshal([]byte(text), f.Addr().Interface()); err != nil {
			return fmt.Errorf("not a JSON list of strings: %w", err)
		}
	}
	return nil
}
