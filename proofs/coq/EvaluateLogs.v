(* The checker of ProofLog.v, run inside Coq on the logs of proofs/logs.json, honest and forged; the tests compare the verdicts of
   src/certify/proof-log.ts with these.

   LogData.v is made from the JSON file by the build.

   verdicts              for every log, whether it is accepted *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.zify Require Import ssrZ.
From Coq Require Import ZArith.
From RCPrune Require Import Problem Shapes BlockSplit ProofLog LogData.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Set Printing Depth 1000000.
Set Printing Width 200.

Definition verdict_on (given : seq layer * goal * seq record * Z) : bool :=
  let: (layers, g, log, cost) := given in accepts layers g log cost.

Definition verdicts : seq bool := [seq verdict_on given | given <- logs].

(* The theorem applies: no importance is negative. So each log accepted proves its claim. *)
Lemma logs_well_formed : all (fun given : seq layer * goal * seq record * Z => all well_formed given.1.1.1) logs.
Proof. by vm_compute. Qed.

Eval vm_compute in verdicts.
