// Package create makes exams: of an exam file, a bank and a seed it compiles the plan and
// writes all of it into a journal, whole or not at all. It also makes the sample exam with
// its invented people, and reads and names their credentials.
//
// Start reading at Exam; Sample is the one that demo and rehearsals hold.
package create
