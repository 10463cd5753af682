package runner
import ("testing";"fmt";"time")
func BenchmarkOnlyOurs(b *testing.B){ const n=100_000; c:=newCluster(b,12,"in","out","dlq"); c.fill("in",n,100); b.ResetTimer(); t0:=processorTime(b); w:=time.Now()
 for i:=range 8 { node:=copyNode(); node.Group+=fmt.Sprint(b.N,i); c.handle(node,n) }
 b.ReportMetric((processorTime(b)-t0).Seconds()/8/n*1e6,"us/rec"); b.ReportMetric(time.Since(w).Seconds()/8,"s/round") }
func BenchmarkOnlyRaw(b *testing.B){ const n=100_000; c:=newCluster(b,12,"in","out","dlq"); c.fill("in",n,100); b.ResetTimer(); t0:=processorTime(b); w:=time.Now()
 for i:=range 8 { c.rawCopy(fmt.Sprint("raw",b.N,i),n) }
 b.ReportMetric((processorTime(b)-t0).Seconds()/8/n*1e6,"us/rec"); b.ReportMetric(time.Since(w).Seconds()/8,"s/round") }
