using System.Text.RegularExpressions;

namespace OrleansInfer.Models;

/// <summary>
/// Modules as compressed-tensors names them: by their name, by "re:" and an expression that fits its beginning (Python's re.match), or by
/// their class, which is Linear for every matrix here.
/// </summary>
internal sealed class ModuleTargets
{
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    readonly HashSet<string> _names = new(StringComparer.Ordinal);
    readonly List<Regex> _expressions = [];
    readonly bool _all;

    /// <exception cref="FormatException">An expression is malformed.</exception>
    public ModuleTargets(IEnumerable<string> targets)
    {
        foreach (var target in targets)
        {
            if (target == "Linear") _all = true;
            else if (target.StartsWith("re:", StringComparison.Ordinal)) _expressions.Add(Expression(target["re:".Length..]));
            else _names.Add(target);
        }
    }

    /// <summary>How exactly a module is named: 0 by its name, 1 by an expression, 2 by its class; null: not at all.</summary>
    public int? RankOf(string module)
    {
        if (_names.Contains(module)) return 0;
        if (_expressions.Any(expression => Fits(expression, module))) return 1;
        return _all ? 2 : null;
    }

    // A stranger's expression: in linear time where .NET can, else for a limited time.
    static Regex Expression(string pattern)
    {
        var anchored = $@"\A(?:{pattern})";
        try
        {
            return new Regex(anchored, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Patience);
        }
        catch (NotSupportedException)
        {
            return new Regex(anchored, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"\"re:{pattern}\" is no regular expression", e);
        }
    }

    static bool Fits(Regex expression, string module)
    {
        try
        {
            return expression.IsMatch(module);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new FormatException($"\"re:{expression}\" takes too long", e);
        }
    }
}
