package broker

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// VarServe is the variable that makes a process a broker and nothing else: it names the folder of its files. The port is
// that of VarPort.
const (
	VarServe = "PIPELINECTL_BROKER"
	VarPort  = "PIPELINECTL_BROKER_PORT"
)

// Serve is a broker with its files in dir and on a fixed loopback port, until ctx is done. What it has acknowledged is
// in the files: a process that is killed and started again goes on where it was. A machine that loses power is another
// matter, since files are not flushed.
func Serve(ctx context.Context, dir, port string) error {
	number, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("broker: port %q is no number", port)
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(number), kfake.ListenFn(listenLoopback), kfake.DataDir(dir))
	if err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	defer cluster.Close()
	cluster.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if refuses(dir) {
			return refused(req), nil, true
		}
		return nil, nil, false // the broker answers itself
	})
	<-ctx.Done()
	return nil
}

// Refuse has the broker that serves dir take no records, as one does that has too few replicas in sync, until it is told
// otherwise. All else goes on: commits too.
func Refuse(dir string, yes bool) error {
	if yes {
		return os.WriteFile(refusal(dir), nil, 0o600)
	}
	return os.Remove(refusal(dir))
}

func refuses(dir string) bool {
	_, err := os.Stat(refusal(dir))
	return err == nil
}

// refusal is the file whose presence says so; it lies beside those of the broker.
func refusal(dir string) string { return dir + ".refuse" }

// refused is the answer to a request to write.
func refused(req kmsg.Request) kmsg.Response {
	answer := req.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range req.(*kmsg.ProduceRequest).Topics {
		t := kmsg.NewProduceResponseTopic()
		t.Topic, t.TopicID = topic.Topic, topic.TopicID
		for _, partition := range topic.Partitions {
			p := kmsg.NewProduceResponseTopicPartition()
			p.Partition, p.ErrorCode = partition.Partition, kerr.NotEnoughReplicas.Code
			t.Partitions = append(t.Partitions, p)
		}
		answer.Topics = append(answer.Topics, t)
	}
	return answer
}

// FreePort is a loopback port on which nothing listens, for Serve. Should another process take it meanwhile, Serve says
// so.
func FreePort() (string, error) {
	l, err := listenLoopback("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "", err
	}
	return port, l.Close()
}
