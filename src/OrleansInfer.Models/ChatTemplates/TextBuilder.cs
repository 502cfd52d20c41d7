using System.Text;

namespace OrleansInfer.Models;

/// <summary>Builds a string, remembers which of its characters came from the request, and pays for them with the render's steps.</summary>
internal sealed class TextBuilder(RenderState state)
{
    readonly StringBuilder _text = new();
    readonly List<TextRange> _untrusted = [];

    public RenderState State => state;

    public int Length => _text.Length;

    /// <summary>Text of the template's or the engine's own making.</summary>
    public TextBuilder Append(string text)
    {
        Reserve(text.Length);
        _text.Append(text);
        return this;
    }

    public TextBuilder Append(char c, int count = 1)
    {
        Reserve(count);
        _text.Append(c, count);
        return this;
    }

    /// <summary>Text that stands for something of the request, such as an escape of one of its characters.</summary>
    public TextBuilder Append(string text, bool untrusted)
    {
        if (untrusted && text.Length > 0)
            UntrustedRanges.Add(_untrusted, new TextRange(_text.Length, _text.Length + text.Length));
        return Append(text);
    }

    public TextBuilder Append(StringValue value) => Append(value, 0, value.Text.Length);

    /// <summary>The characters [start, end) of a value, with their origins.</summary>
    public TextBuilder Append(StringValue value, int start, int end)
    {
        Reserve(end - start);
        value.Untrusted.CopyTo(_untrusted, start, end, _text.Length - start);
        _text.Append(value.Text, start, end - start);
        return this;
    }

    /// <summary>A value in the words of Python's `str`.</summary>
    public TextBuilder Append(TemplateValue value)
    {
        value.WriteText(this);
        return this;
    }

    public StringValue ToValue(bool isMarkup = false) => new(_text.ToString(), UntrustedRanges.From(_untrusted), isMarkup);

    void Reserve(int count)
    {
        if (_text.Length + (long)count > TemplateLimits.TextLength)
            throw new TemplateException($"the template makes a text longer than {TemplateLimits.TextLength} characters");
        state.ChargeText(count);
    }
}
