package impact

import "github.com/pipelinectl/pipelinectl/schema/diag"

// CodeDestructiveChange is reported by build when a change would destroy data, or stop what only a person can start
// again, and nobody has named it.
const CodeDestructiveChange diag.Code = "destructive-change"

// CodeAllowDestroyUnused is a warning of build: an --allow-destroy that lets nothing through.
const CodeAllowDestroyUnused diag.Code = "allow-destroy-unused"
