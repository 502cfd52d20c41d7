using System.Runtime.CompilerServices;

namespace OrleansInfer.Models;

/// <summary>What one render has used up so far, where it stands in the template, and where its output goes.</summary>
internal sealed class RenderState
{
    int _steps;
    int _depth;
    int _characters;

    public RenderState(TimeProvider timeProvider)
    {
        TimeProvider = timeProvider;
        Output = new TextBuilder(this);
    }

    public TimeProvider TimeProvider { get; }

    /// <summary>Replaced while a macro, a block assignment or a filter block captures what it prints.</summary>
    public TextBuilder Output { get; set; }

    /// <summary>The template line of the node being evaluated.</summary>
    public int Line { get; private set; }

    /// <summary>Starts an evaluation. A fault ends the whole render, so <see cref="Leave"/> needs no `finally`.</summary>
    public void Enter(int line)
    {
        Line = line;
        Descend();
    }

    /// <summary>Goes one level into a nested value or evaluation: nesting must end in an exception, never in a stack overflow.</summary>
    public void Descend()
    {
        Charge(1);
        if (++_depth > TemplateLimits.RenderDepth || (_depth % 16 == 0 && !RuntimeHelpers.TryEnsureSufficientExecutionStack()))
            throw new TemplateException("the template recurses too deeply, or builds a value that is nested too deeply");
    }

    public void Leave() => _depth--;

    public void Charge(long steps)
    {
        if (steps > TemplateLimits.Steps - _steps)
            throw new TemplateException($"the template takes more than {TemplateLimits.Steps} steps");
        _steps += (int)steps;
    }

    public void ChargeText(int characters)
    {
        long total = (long)_characters + characters;
        Charge(total / TemplateLimits.CharactersPerStep);
        _characters = (int)(total % TemplateLimits.CharactersPerStep);
    }

    /// <summary>Looking for a text in another can cost the product of their lengths when both repeat themselves.</summary>
    public void ChargeSearch(int characters, int pattern) =>
        Charge(characters / (long)TemplateLimits.CharactersPerStep * (1 + pattern / 64));
}
