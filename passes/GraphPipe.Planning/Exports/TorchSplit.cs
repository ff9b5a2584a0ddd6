using System.Text;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Where <c>torch.distributed.pipelining.pipeline</c> splits a model into the plan's stages: at the beginning or the end of modules
/// (torch/distributed/pipelining/_IR.py, <c>SplitPoint</c>). The module's name is read out of the names of the ONNX nodes.
/// </summary>
internal static class TorchSplit
{
    /// <returns>Null with GP3030 for every border that lies inside a module.</returns>
    public static string? Write(StageChain chain, DiagnosticBag diagnostics)
    {
        var paths = chain.Nodes.Select(ModulePath.Of).ToList();
        var points = new List<(string Module, string Point)>();
        bool inside = false;
        for (int s = 1; s < chain.Starts.Length; s++)
        {
            int start = chain.Starts[s];
            // The outermost module that begins here, else the outermost that has ended; one module is split once.
            var begun = paths[start].Modules.Where(m => !paths.Take(start).Any(p => p.Modules.Contains(m))).Select(m => (m, "BEGINNING"));
            var ended = paths[start - 1].Modules.Where(m => !paths.Skip(start).Any(p => p.Modules.Contains(m))).Select(m => (m, "END"));
            var found = begun.Concat(ended).FirstOrDefault(p => !points.Exists(known => known.Module == p.m));
            if (found.m is not null)
            {
                points.Add(found);
                continue;
            }

            inside = true;
            string module = paths[start].Modules is [.., var innermost] ? $"module '{innermost}'" : "the model's own forward";
            diagnostics.Add(PlanExport.Refusal(
                $"the border between stage {s - 1} and stage {s}, at '{chain.Nodes[start]}', lies inside {module}", Advice(chain, paths, start)));
        }

        return inside ? null : Snippet(points);
    }

    /// <summary>The nearest node before the border behind which a module has ended.</summary>
    private static string Advice(StageChain chain, List<ModulePath> paths, int start)
    {
        for (int i = start - 1; i > 0; i--)
        {
            if (paths[i].Modules.Any(m => !paths.Skip(i + 1).Any(p => p.Modules.Contains(m))))
                return $"modules end at '{chain.Nodes[i]}': plan with --cut {chain.Nodes[i]}, and a cut for every other border";
        }

        return "cut at the ends of modules with --cut";
    }

    private static string Snippet(List<(string Module, string Point)> points)
    {
        var text = new StringBuilder("from torch.distributed.pipelining import SplitPoint\n\nsplit_spec = {\n");
        foreach (var (module, point) in points)
            text.Append($"    \"{module}\": SplitPoint.{point},\n");
        return text.Append("}\n").ToString();
    }
}
