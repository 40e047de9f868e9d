// The controller of ingress-nginx, asked once: manifests come in, Ingresses last, and the nginx.conf goes out that its
// admission webhook hands to nginx for the last one. Parsing, checking, the configuration and its template are the
// controller's own; the API server is client-go's fake one, and nobody calls nginx.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"time"

	"github.com/eapache/channels"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/ingress-nginx/internal/ingress/controller"
	"k8s.io/ingress-nginx/internal/ingress/controller/config"
	"k8s.io/ingress-nginx/internal/ingress/controller/ingressclass"
	"k8s.io/ingress-nginx/internal/ingress/controller/store"
	"k8s.io/ingress-nginx/internal/ingress/controller/template"
	"k8s.io/ingress-nginx/internal/ingress/metric"
	"k8s.io/ingress-nginx/pkg/apis/ingress"
)

// Called as `ingress-nginx TEMPLATE PORT < MANIFESTS`; what the controller refuses is said on standard error.
//
//go:generate sh -c "install -m 644 $(go list -m -f {{.Dir}} k8s.io/ingress-nginx)/rootfs/etc/nginx/template/nginx.tmpl bin/"
func main() {
	port, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	written, err := render(os.Args[1], port, os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stdout.Write(written)
}

func render(templateFile string, port int, manifests io.Reader) ([]byte, error) {
	temporary, err := os.MkdirTemp("", "gatelodge-ingress-nginx-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temporary)
	if err := errors.Join(os.Mkdir(temporary+"/nginx", 0o700), os.Setenv("TMPDIR", temporary)); err != nil {
		return nil, err
	}
	ingresses, others, err := read(manifests)
	if err != nil {
		return nil, err
	}

	client := fake.NewSimpleClientset(others...)
	nginx := &askedNginx{}
	n, stored, err := newController(client, nginx, templateFile, port)
	if err != nil {
		return nil, err
	}
	for _, each := range ingresses {
		nginx.configuration = nil
		if err := n.CheckIngress(each.DeepCopy()); err != nil {
			return nil, fmt.Errorf("%s is refused: %w", each.Name, err)
		}
		if nginx.configuration == nil {
			return nil, fmt.Errorf("%s is passed over: it is of no class of this controller", each.Name)
		}
		if err := apply(each, client, stored); err != nil {
			return nil, fmt.Errorf("%s does not become part of the configuration: %w", each.Name, err)
		}
	}
	return nginx.configuration, nil
}

// Resolves when the controller knows of it.
func apply(each *networking.Ingress, client *fake.Clientset, stored store.Storer) error {
	known := len(stored.ListIngresses())
	ctx, options := context.TODO(), metav1.CreateOptions{}
	if _, err := client.NetworkingV1().Ingresses(each.Namespace).Create(ctx, each, options); err != nil {
		return err
	}
	isKnown := func(context.Context) (bool, error) { return len(stored.ListIngresses()) > known, nil }
	return wait.PollUntilContextTimeout(ctx, 5*time.Millisecond, 10*time.Second, true, isKnown)
}

// Reads them as strictly as the API server: what it would not know is an error.
func read(manifests io.Reader) (ingresses []*networking.Ingress, others []runtime.Object, err error) {
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewYAMLReader(bufio.NewReader(manifests))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return ingresses, others, nil
		}
		if err != nil {
			return nil, nil, err
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			return nil, nil, err
		}
		if found, isIngress := object.(*networking.Ingress); isIngress {
			found.Namespace = cmp.Or(found.Namespace, metav1.NamespaceDefault)
			ingresses = append(ingresses, found)
		} else {
			others = append(others, object)
		}
	}
}

// What the controller calls to have a configuration tested.
type askedNginx struct {
	configuration []byte
}

func (*askedNginx) ExecCommand(...string) *exec.Cmd {
	return exec.Command("false")
}

func (nginx *askedNginx) Test(file string) (output []byte, err error) {
	nginx.configuration, err = os.ReadFile(file)
	return nil, err
}

// The controller, without what it reports and listens to. Its own constructor writes to folders of its container; so its
// parts are put in here.
func newController(
	client *fake.Clientset, nginx *askedNginx, templateFile string, port int,
) (*controller.NGINXController, store.Storer, error) {
	const configMap = metav1.NamespaceDefault + "/ingress-nginx-controller"
	class := &ingressclass.Configuration{
		Controller:      ingressclass.DefaultControllerName,
		AnnotationValue: ingressclass.DefaultAnnotationValue,
	}
	stored := store.New("", labels.Everything(), configMap, "", "", "", time.Hour, client,
		channels.NewRingChannel(1024), false, true, class, true)
	stored.Run(make(chan struct{}))
	written, err := template.NewTemplate(templateFile)
	if err != nil {
		return nil, nil, err
	}
	n := &controller.NGINXController{}
	put(n, "store", stored)
	put(n, "t", written)
	put(n, "command", nginx)
	put(n, "metricCollector", metric.DummyCollector{})
	put(n, "cfg", &controller.Configuration{
		Client:                    client,
		ConfigMapName:             configMap,
		IngressClassConfiguration: class,
		DeepInspector:             true,
		FakeCertificate:           &ingress.SSLCert{},
		ListenPorts:               &config.ListenPorts{HTTP: port, HTTPS: 443, Health: 10254, Default: 8181, SSLProxy: 442},
	})
	return n, stored, nil
}

func put(n *controller.NGINXController, name string, part any) {
	field := reflect.ValueOf(n).Elem().FieldByName(name)
	reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf(part))
}
