(* Pruning is in NP: a yes has a certificate of one bit a line, checked by a program that adds every entry at most once. With
   the reductions of Clique.v and Biclique.v this is the other half of T6.

   M                     a matrix as a list of rows, each of n entries
   certificate           a list of truth values: which rows are removed, then which columns
   masked_cost M rs cs   what they cost: whole rows that are removed, the removed columns of the others
   additions M rs cs     how many entries that adds up
   reached g m n r c     whether r rows and c columns of an m x n matrix reach the goal
   certified M n g b c   the verifier *)

From mathcomp Require Import all_ssreflect all_algebra.
From RCPrune Require Import Problem Blocks Programs.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Verifier.

Variable R : realDomainType.
Implicit Types (M : seq (seq R)) (rs cs : seq bool) (w : seq R).

Definition taken cs (r : bool) w : seq R := if r then w else mask cs w.

Definition masked_cost M rs cs : R := add_up [seq add_up (taken cs p.1 p.2) | p <- zip rs M].

Definition additions M rs cs : nat := sumn [seq size (taken cs p.1 p.2) | p <- zip rs M].

Definition reached g m n r c : bool :=
  match g with
  | Target target => (target <= removed_count m n r c)%N
  | Shape r' c' => (r == r') && (c == c')
  end.

Definition certified M n g b (c : seq bool) : bool :=
  let rs := take (size M) c in
  let cs := drop (size M) c in
  [&& size c == (size M + n)%N, reached g (size M) n (count id rs) (count id cs) & masked_cost M rs cs <= b].

Lemma size_mask_le cs w : (size (mask cs w) <= size w)%N.
Proof. by elim: w cs => [|x w IH] [|[] cs] //=; rewrite ?ltnS // (leq_trans (IH cs)). Qed.

(* One addition an entry at most. *)
Theorem additions_le M n rs cs : all (fun w => size w == n) M -> (additions M rs cs <= size M * n)%N.
Proof.
elim: M rs => [|w M IH] [|r rs] //= /andP[/eqP w_size /(IH rs) le]; rewrite mulSn leq_add // -w_size.
by case: r => //=; apply: size_mask_le.
Qed.

Definition marked k (s : seq bool) : {set 'I_k} := [set i : 'I_k | nth false s i].

Lemma card_marked k s : size s = k -> #|marked k s| = count id s.
Proof. by move=> <-; rewrite -sum1_count (big_nth false) big_mkord -sum1_card; apply: eq_bigl => i; rewrite inE. Qed.

Lemma add_up_sum n w : size w = n -> add_up w = \sum_(j < n) nth 0 w j.
Proof. by move=> <-; rewrite -[w in LHS]map_id add_up_big (big_nth 0) big_mkord. Qed.

Lemma add_up_mask n cs w : size w = n -> size cs = n -> add_up (mask cs w) = \sum_(j in marked n cs) nth 0 w j.
Proof.
rewrite (eq_bigl (fun j : 'I_n => nth false cs j)) => [|j]; last by rewrite inE.
elim: w cs n => [|x w IH] [|c cs] [|n] // => [_ _|[w_size] [cs_size]]; first by rewrite big_ord0.
by rewrite big_mkcond big_ord_recl -big_mkcond /= -IH //; case: c; rewrite /= ?add0r.
Qed.

Variables (m n : nat) (M : seq (seq R)).
Hypotheses (M_size : size M = m) (M_rows : all (fun w => size w == n) M).

Let W := matrix_of m n (entry M).

Lemma masked_cost_spec rs cs : size rs = m -> size cs = n -> masked_cost M rs cs = cost W (marked m rs) (marked n cs).
Proof.
move=> rs_size cs_size; rewrite cost_split /weight /masked_cost add_up_big (big_nth (false, [::])) size_zip.
rewrite rs_size M_size minnn big_mkord (bigID (mem (marked m rs))) /=.
have row_size (i : 'I_m) : size (nth [::] M i) = n by have /(all_nthP [::])/(_ (val i)) := M_rows; rewrite M_size => /(_ (ltn_ord i))/eqP.
congr (_ + _); last rewrite (eq_bigl (mem (~: marked m rs))) => [|i]; last by rewrite !inE.
  apply: eq_bigr => i; rewrite inE nth_zip ?rs_size ?M_size //= /taken => ->.
  by rewrite (add_up_sum (row_size i)); apply: eq_bigr => j _; rewrite mxE.
apply: eq_bigr => i; rewrite !inE nth_zip ?rs_size ?M_size //= /taken => /negPf ->.
by rewrite (add_up_mask (row_size i) cs_size); apply: eq_bigr => j _; rewrite mxE.
Qed.

Lemma reached_spec g (A : {set 'I_m}) (B : {set 'I_n}) : reached g m n #|A| #|B| <-> meets_goal g A B.
Proof. by case: g => [t|r c] /=; [rewrite card_removed | split=> [/andP[/eqP -> /eqP ->]|[-> ->]]; rewrite ?eqxx]. Qed.

Definition bits k (A : {set 'I_k}) : seq bool := [seq i \in A | i <- enum 'I_k].

Lemma size_bits k (A : {set 'I_k}) : size (bits A) = k.
Proof. by rewrite size_map size_enum_ord. Qed.

Lemma marked_bits k (A : {set 'I_k}) : marked k (bits A) = A.
Proof.
apply/setP=> i; rewrite inE (nth_map i) ?size_enum_ord //.
by have -> : nth i (enum 'I_k) i = i by apply: val_inj; rewrite /= nth_enum_ord.
Qed.

Theorem in_NP g (b : R) : yes (Question W g b) <-> exists c, certified M n g b c.
Proof.
split=> [[A [B [/reached_spec reach cheap]]]|[c /and3P[/eqP c_size]]].
  exists (bits A ++ bits B); rewrite /certified M_size size_cat !size_bits eqxx take_size_cat ?size_bits //.
  rewrite drop_size_cat ?size_bits // masked_cost_spec ?size_bits // !marked_bits cheap andbT.
  by rewrite -(card_marked (size_bits A)) -(card_marked (size_bits B)) !marked_bits.
rewrite M_size in c_size *; have rs_size : size (take m c) = m by rewrite size_takel // c_size leq_addr.
have cs_size : size (drop m c) = n by rewrite size_drop c_size addKn.
rewrite -(card_marked rs_size) -(card_marked cs_size) masked_cost_spec // => /reached_spec reach cheap.
by exists (marked m (take m c)), (marked n (drop m c)).
Qed.

End Verifier.
