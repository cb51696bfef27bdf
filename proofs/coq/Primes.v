(* A prime of polynomial size above every number: what the size of the padded matrices in T6 rests on.

   Bertrand's postulate gives one of at most 2 x; it is not in MathComp. This file proves 8 x^2, by the first step of the
   argument of Chebyshev and Erdos: a power of a prime that divides the binomial 'C(2 m, m) is at most 2 m, so if all its primes
   were at most x, it would be at most (2 m)^x; but it is at least 2^m, which is more for m = 4 x^2. *)

From mathcomp Require Import all_ssreflect.
From mathcomp Require Import zify.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Definition central m := 'C(m.*2, m).

Lemma central_gt0 m : 0 < central m.
Proof. by rewrite bin_gt0 -addnn leq_addr. Qed.

Lemma central_ge m : 2 ^ m <= central m.
Proof.
elim: m => // m IH; rewrite expnS mul2n -addnn /central doubleS binS.
have <- : 'C(m.*2.+1, m.+1) = 'C(m.*2.+1, m) by rewrite -bin_sub; [congr 'C(_, _) |]; lia.
by apply: leq_add; rewrite binS; apply: leq_trans IH _; rewrite leq_addl.
Qed.

(* The exponent of p in the binomial counts powers of p that are at most 2 m. *)
Lemma logn_central p m : prime p -> 0 < m -> p ^ logn p (central m) <= m.*2.
Proof.
move=> p_prime m_gt0; have p_gt1 := prime_gt1 p_prime; have m2_gt0 : 0 < m.*2 by rewrite double_gt0.
apply: leq_trans (trunc_logP p_gt1 m2_gt0); rewrite leq_exp2l //.
have fact_eq : logn p (m.*2)`! = logn p (central m) + (logn p m`!).*2.
  rewrite -(bin_fact (_ : m <= m.*2)) ?leq_double -?addnn ?leq_addr // addnK.
  by rewrite !lognM ?muln_gt0 ?fact_gt0 ?bin_gt0 ?leq_addr // addnn /central -addnn.
have longer : \sum_(1 <= k < m.+1) m %/ p ^ k = \sum_(1 <= k < m.*2.+1) m %/ p ^ k.
  rewrite [RHS](big_cat_nat _ (n := m.+1)) //=; last by rewrite ltnS -addnn leq_addr.
  rewrite [X in _ + X]big_nat_cond [X in _ + X]big1 ?addn0 // => k /andP[/andP[k_gt _] _].
  by rewrite divn_small // (ltn_trans k_gt) // ltn_expl.
move: fact_eq; rewrite !logn_fact // longer => fact_eq.
rewrite -(leq_add2r (\sum_(1 <= k < m.*2.+1) m %/ p ^ k).*2) -fact_eq.
have -> : trunc_log p m.*2 = \sum_(1 <= k < m.*2.+1) (k <= trunc_log p m.*2).
  have log_le : trunc_log p m.*2 <= m.*2.
    by apply: leq_trans (trunc_logP p_gt1 m2_gt0); apply: ltnW; apply: ltn_expl.
  rewrite (big_cat_nat _ (n := (trunc_log p m.*2).+1)) //= ?ltnS //.
  rewrite (eq_big_nat _ _ (F2 := fun=> 1)) => [|k /andP[_]]; last by rewrite ltnS => ->.
  rewrite sum_nat_const_nat muln1 subn1 /= big_nat_cond big1 ?addn0 // => k /andP[/andP[k_gt _] _].
  by rewrite leqNgt k_gt.
rewrite -[(\sum_(1 <= k < m.*2.+1) m %/ p ^ k).*2]addnn -!big_split /=; rewrite [leqLHS]big_nat_cond [leqRHS]big_nat_cond.
apply: leq_sum => k _.
have q_gt0 : 0 < p ^ k by rewrite expn_gt0 ltnW.
have [k_le|k_gt] := leqP k (trunc_log p m.*2).
  rewrite -ltnS ltn_divLR //; have := divn_eq m (p ^ k); have := ltn_pmod m q_gt0.
  by move: (p ^ k) (m %/ p ^ k) (m %% p ^ k) => q a b; nia.
have small : m.*2 < p ^ k by apply: leq_trans (trunc_log_ltn m.*2 p_gt1) _; rewrite leq_exp2l.
by rewrite divn_small.
Qed.

Lemma square_lt x : 0 < x -> 8 * x ^ 2 < 2 ^ (4 * x).
Proof.
rewrite (expnM 2 4 x) => x_gt0; elim: x x_gt0 => // -[|x] IH _ //.
have := IH isT; rewrite [(2 ^ 4) ^ x.+2]expnS; move: ((2 ^ 4) ^ x.+1) => y; rewrite !expnS !expn0; nia.
Qed.

Theorem prime_below x : 0 < x -> exists p, [/\ prime p, x < p & p <= 8 * x ^ 2].
Proof.
move=> x_gt0; pose m := 4 * x ^ 2; have m_gt0 : 0 < m by rewrite muln_gt0 expn_gt0 x_gt0.
have m2_eq : m.*2 = 8 * x ^ 2 by rewrite -mul2n mulnA.
have below p : p \in primes (central m) -> p <= m.*2.
  rewrite mem_primes => /and3P[p_prime _ p_dvd]; apply: leq_trans (logn_central p_prime m_gt0).
  by rewrite -[leqLHS]expn1 leq_exp2l ?prime_gt1 // -pfactor_dvdn ?central_gt0 // expn1.
have [/hasP[p p_in p_gt]|/hasPn small] := boolP (has (fun p => x < p) (primes (central m))).
  exists p; split=> //; last by rewrite -m2_eq below.
  by move: p_in; rewrite mem_primes => /andP[].
have few : size (primes (central m)) <= x.
  rewrite -[leqRHS](size_iota 1); apply: uniq_leq_size (primes_uniq _) _ => p p_in.
  have := small p p_in; rewrite -leqNgt mem_iota add1n ltnS => ->; rewrite andbT.
  by move: p_in; rewrite mem_primes => /andP[/prime_gt0].
have le : central m <= m.*2 ^ x.
  apply: leq_trans (_ : m.*2 ^ size (primes (central m)) <= _); last by rewrite leq_pexp2l ?double_gt0.
  rewrite [leqLHS](prod_prime_decomp (central_gt0 m)) prime_decompE big_map /=.
  have : all prime (primes (central m)) by apply/allP=> p; rewrite mem_primes => /andP[].
  elim: (primes (central m)) => [|p s IH] /=; first by rewrite big_nil.
  by case/andP=> p_prime /IH le; rewrite big_cons expnS leq_mul // logn_central.
have := leq_trans (central_ge m) le; rewrite m2_eq /m.
have -> : 4 * x ^ 2 = 4 * x * x by rewrite -mulnA.
by rewrite expnM leq_exp2r // leqNgt square_lt.
Qed.
