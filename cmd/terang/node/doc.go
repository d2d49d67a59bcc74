// Package node is one process that holds exams: the stores, the hall, the desk and the
// server over one journal, from its start to its drain.
//
// It opens every exam of the journal and what is made beside it while it runs (opening.go),
// unseals packs at their hour (hour.go), keeps the public log (publiclog.go), and does the
// acts of two people that touch sheets and packs. How evaluations are printed it is told.
//
// Start reading at Open and Node.Run.
package node
