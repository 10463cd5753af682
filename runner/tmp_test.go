package runner
import ("testing";"fmt";"time";"github.com/pipelinectl/pipelinectl/runner/contract")
func BenchmarkOnlyOurs(b *testing.B){ for _,conc:=range []int{1,4,12}{ for _,o:=range []contract.Ordering{"partition","none"}{ b.Run(fmt.Sprint(conc,o), func(b *testing.B){ const n=100_000; c:=newCluster(b,12,"in","out","dlq"); c.fill("in",n,100); b.ResetTimer(); t0:=processorTime(b); w:=time.Duration(0)
 for i:=range 5 { node:=copyNode(); node.Concurrency=conc; node.Ordering=o; node.Group+=fmt.Sprint(b.N,i); w+=c.handle(node,n) }
 b.ReportMetric((processorTime(b)-t0).Seconds()/5/n*1e6,"us/rec"); b.ReportMetric(w.Seconds()/5,"s/round") })}} }
func BenchmarkOnlyRaw(b *testing.B){ const n=100_000; c:=newCluster(b,12,"in","out","dlq"); c.fill("in",n,100); b.ResetTimer(); t0:=processorTime(b); w:=time.Duration(0)
 for i:=range 5 { w+=c.rawCopy(fmt.Sprint("raw",b.N,i),n) }
 b.ReportMetric((processorTime(b)-t0).Seconds()/5/n*1e6,"us/rec"); b.ReportMetric(w.Seconds()/5,"s/round") }
