// Package local owns `pipelinectl run`: whole pipelines on this machine, with no cluster and no Kafka installed. Every
// node executes the very bytes of its compiled contract; only the environment part of the contract is local: the
// embedded broker, loopback listeners, commands from PATH. A hook never reaches its real URL.
//
// The package must not know kinds of nodes: what a node does it reads from its contract. Start reading at NewPlan (what
// will run, and what this machine lacks for it), then Run (the lifecycle). runner.go starts runners, in this process or
// in one each (child.go keeps those alive); receiver.go takes what hooks send; drain.go is the way to stop; scrape.go,
// table.go and screen.go are what a person sees.
package local
