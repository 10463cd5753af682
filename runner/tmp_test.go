package runner
import ("testing";"fmt";"time")
func BenchmarkOnlyOurs(b *testing.B){ const n=100_000; c:=newCluster(b,12,"in","out","dlq"); c.fill("in",n,100); b.ResetTimer(); t0:=processorTime(b); w:=time.Now()
 for i:=range 6 { node:=copyNode(); node.Group+=fmt.Sprint(b.N,i); begin:=c.count("out"); r:=c.start(node); c.awaitCount("out",begin+n); r.stop() }
 b.ReportMetric((processorTime(b)-t0).Seconds()/6/n*1e6,"us/rec"); b.ReportMetric(time.Since(w).Seconds()/6,"s/round") }
func BenchmarkOnlyRaw(b *testing.B){ const n=100_000; c:=newCluster(b,12,"in","out","dlq"); c.fill("in",n,100); b.ResetTimer(); t0:=processorTime(b); w:=time.Now()
 for i:=range 6 { c.rawCopy(fmt.Sprint("raw",b.N,i),n) }
 b.ReportMetric((processorTime(b)-t0).Seconds()/6/n*1e6,"us/rec"); b.ReportMetric(time.Since(w).Seconds()/6,"s/round") }
