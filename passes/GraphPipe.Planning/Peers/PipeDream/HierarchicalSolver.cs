namespace GraphPipe.Planning.Peers;

/// <summary>PipeDream's programme over several levels of machines, the innermost first.</summary>
internal sealed class HierarchicalSolver
{
    private readonly CutStates _states;
    private readonly LevelSolver[] _solvers;
    private readonly IReadOnlyList<LevelProblem> _levels;

    public HierarchicalSolver(CutStates states, IReadOnlyList<LevelProblem> levels)
    {
        _states = states;
        _levels = levels;
        _solvers = new LevelSolver[levels.Count];
        double[]? below = null;
        for (int l = 0; l < levels.Count; l++)
        {
            _solvers[l] = new LevelSolver(states, levels[l], below);
            if (l < levels.Count - 1)
                below = _solvers[l].All();
        }

        _solvers[^1].Solve(0);
    }

    /// <summary>Pairs of states that were compared.</summary>
    public long States => _solvers.Sum(s => s.States);

    public int Outermost => _levels.Count - 1;

    /// <summary>The optimum on so many machines of the outermost level; infinite if there is none.</summary>
    public double Best(int machines) => _solvers[^1].Best(_states.Count - 1, machines);

    /// <summary>The stages at the outermost level.</summary>
    public List<LevelStage> Stages(int machines) => _solvers[^1].Stages(0, _states.Count - 1, machines);

    /// <summary>The stages into which a level cuts a stage of the level above: on all of its machines.</summary>
    public List<LevelStage> Stages(int level, LevelStage above) => _solvers[level].Stages(above.Start, above.End, _levels[level].Machines);
}
