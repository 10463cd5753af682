package main

// onTops is the table of what teams may do, and of all that it does. On app, a name stays where it is part of a longer
// text, where it is of a Secret that an operator writes, and where it is of an object in Kafka's namespace.
var onTops = []onTop{
	{
		name: "images, a tag", on: "photos/overlays/prod",
		kustomization: "images: [{name: ghcr.io/acme/resize, newTag: \"3.0\"}]\n",
		changes: []string{
			"Deployment spec.template.spec.containers[].env[].value",
			"Deployment spec.template.spec.initContainers[].image",
		},
		becomes: always("ghcr.io/acme/resize:3.0"),
	},
	{
		name: "images, another repository and a digest", on: "photos/overlays/small",
		kustomization: "images: [{name: ghcr.io/pipelinectl/runner, newName: registry.example.org/runner, digest: \"sha256:" + digest + "\"}]\n",
		changes: []string{
			"Deployment spec.template.spec.containers[].env[].value",
			"Deployment spec.template.spec.containers[].image",
			"Deployment spec.template.spec.initContainers[].image",
		},
		becomes: always("registry.example.org/runner@sha256:" + digest),
	},
	{
		name: "replicas", on: "photos/overlays/prod",
		kustomization: "replicas: [{name: photos-resize, count: 7}]\n",
		changes:       []string{"Deployment spec.replicas"},
		becomes:       always(7),
	},
	{
		name: "labels", on: "photos/overlays/prod",
		kustomization: "labels: [{pairs: {stage: blue}}]\n",
		changes:       []string{"* metadata.labels.stage"},
		becomes:       always("blue"),
	},
	{
		name: "labels, templates too", on: "photos/overlays/prod",
		kustomization: "labels: [{pairs: {stage: blue}, includeTemplates: true}]\n",
		changes: []string{
			"* metadata.labels.stage",
			"Deployment spec.template.metadata.labels.stage",
		},
		becomes: always("blue"),
	},
	{
		name: "labels, selectors of our pods too, and of no others", on: "photos/overlays/prod",
		kustomization: "labels: [{pairs: {stage: blue}, includeSelectors: true}]\n",
		changes: []string{
			"* metadata.labels.stage",
			"Deployment spec.selector.matchLabels.stage",
			"Deployment spec.template.metadata.labels.stage",
			"Deployment spec.template.spec.topologySpreadConstraints[].labelSelector.matchLabels.stage",
			"NetworkPolicy spec.podSelector.matchLabels.stage",
			"PodDisruptionBudget spec.selector.matchLabels.stage",
			"PodMonitor spec.selector.matchLabels.stage",
			"Service spec.selector.stage",
		},
		becomes: always("blue"),
	},
	{
		name: "commonAnnotations", on: "photos/overlays/prod",
		kustomization: "commonAnnotations: {example.org/owner: media}\n",
		changes: []string{
			"* metadata.annotations.example.org/owner",
			"Deployment spec.template.metadata.annotations.example.org/owner",
		},
		becomes: always("media"),
	},
	{
		name: "namespace", on: "photos/overlays/prod/app",
		kustomization: "namespace: elsewhere\n",
		changes:       []string{"* metadata.namespace"},
		becomes:       always("elsewhere"),
	},
	{
		name: "namePrefix", on: "photos/overlays/prod/app",
		kustomization: "namePrefix: my-\n",
		changes: []string{
			"* metadata.name",
			"Certificate spec.issuerRef.name",
			"Deployment spec.template.spec.serviceAccountName",
			"Deployment spec.template.spec.volumes[].configMap.name",
			"Mapping spec.service",
		},
		becomes: prefixed, renamed: prefix,
	},
	{
		name: "nameSuffix, in one namespace", on: "photos/overlays/small/app",
		kustomization: "nameSuffix: -two\n",
		changes: []string{
			"* metadata.name",
			"Deployment spec.template.spec.serviceAccountName",
			"Deployment spec.template.spec.volumes[].configMap.name",
			"Mapping spec.service",
		},
		becomes: suffixed, renamed: suffix,
	},
	{
		name: "secretGenerator and namePrefix", on: "photos/overlays/prod/app",
		kustomization: "namePrefix: my-\nnamespace: media-prod\ngeneratorOptions: {disableNameSuffixHash: true}\n" +
			"secretGenerator: [{name: team-token, literals: [token=a]}, {name: team-ca, literals: [a=b]}, {name: photos-tls, literals: [a=b]}]\n",
		adds: 3,
		changes: []string{
			"* metadata.name",
			"Certificate spec.issuerRef.name",
			"Deployment spec.template.spec.initContainers[].env[].valueFrom.secretKeyRef.name",
			"Deployment spec.template.spec.serviceAccountName",
			"Deployment spec.template.spec.volumes[].configMap.name",
			"Host spec.tlsSecret.name",
			"Issuer spec.ca.secretName",
			"Mapping spec.service",
		},
		becomes: prefixed, renamed: prefix,
	},
}

const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func always(value any) func(any) any { return func(any) any { return value } }

func prefix(name string) string { return "my-" + name }

func suffix(name string) string { return name + "-two" }

func prefixed(old any) any { return prefix(old.(string)) }

func suffixed(old any) any { return suffix(old.(string)) }
