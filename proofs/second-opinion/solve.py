"""Asks a solver and prints what it says as one line of JSON; see run.ts.

    solve.py versions
    solve.py exact FILE.opb SECONDS [PROOF]
    solve.py scip FILE.lp SECONDS

Exact, on a file with an objective: `optimum` is the least value, null when it did not end in time. On one without: `isRefuted`
says that not all rows can hold; PROOF.proof is then the derivation of a contradiction.

SCIP: `isClaimed` says that SCIP calls its solution optimal, within its tolerances; `ones` are the variables above 1/2.
"""
import importlib.metadata
import json
import sys
import time


def terms(words):
    """Pairs of coefficient and variable."""
    return [(int(words[k]), words[k + 1]) for k in range(0, len(words), 2)]


def ask_exact(file, seconds, proof=None):
    import exact

    options = [("proof-assumptions", "0")]  # steps without a derivation are no proof
    if proof is not None:
        options.append(("proof-log", proof))
    solver = exact.Exact(options)
    has_objective = False
    with open(file, encoding="ascii") as lines:
        variables = int(next(lines).split("#variable=")[1].split()[0])
        for variable in range(1, variables + 1):
            solver.addVariable(f"x{variable}")
        for line in lines:
            words = line.split()
            if words[0] == "min:":
                has_objective = True
                solver.setObjective(terms(words[1:-1]))
            else:
                solver.addConstraint(terms(words[:-3]), True, int(words[-2]))
    state = solver.runFull(has_objective, float(seconds))
    if not has_objective:
        return {"isRefuted": state == "UNSAT"}
    if state != "UNSAT":  # with an objective this says: nothing better than the best so far
        return {"optimum": None}
    value, bound = solver.getBestSoFar(), solver.getDualBound()
    return {"optimum": str(value) if value == bound else None}


def ask_scip(file, seconds):
    import pyscipopt

    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(file)
    model.setParam("limits/time", float(seconds))
    model.setParam("limits/gap", 0)
    model.optimize()
    solution = model.getBestSol() if model.getNSols() > 0 else None
    names = [] if solution is None else [one.name for one in model.getVars() if model.getSolVal(solution, one) > 0.5]
    return {"isClaimed": model.getStatus() == "optimal", "ones": names}


def versions():
    import pyscipopt

    library = pyscipopt.Model()
    return {
        "exact": importlib.metadata.version("exact"),
        "scip": f"{library.getMajorVersion()}.{library.getMinorVersion()}.{library.getTechVersion()}",
    }


ASKED = {"exact": ask_exact, "scip": ask_scip, "versions": versions}
began = time.perf_counter()
answer = ASKED[sys.argv[1]](*sys.argv[2:])
print(json.dumps({**answer, "seconds": time.perf_counter() - began}))
