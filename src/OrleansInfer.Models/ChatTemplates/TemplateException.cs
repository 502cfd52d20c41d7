namespace OrleansInfer.Models;

/// <summary>A chat template that cannot be parsed or rendered: bad syntax, a limit, a type error, or its own refusal.</summary>
public sealed class TemplateException(string message, int line = 0, bool raisedByTemplate = false) : Exception(message)
{
    /// <summary>The line of the template, counted from 1; 0 where the fault has no line.</summary>
    public int Line { get; private set; } = line;

    /// <summary>True when the template itself refused the conversation (`raise_exception`): the caller's error.</summary>
    public bool RaisedByTemplate { get; } = raisedByTemplate;

    /// <summary>What went wrong; ends with the line, except for a template's own refusal, which stays word for word.</summary>
    public override string Message => RaisedByTemplate || Line == 0 ? base.Message : $"{base.Message} (template line {Line})";

    /// <summary>Operations on values do not know where they stand in the template; whoever runs them adds the line.</summary>
    internal void LocateAt(int line)
    {
        if (Line == 0)
            Line = line;
    }
}
