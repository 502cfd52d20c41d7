namespace OrleansInfer.Models;

/// <summary>One step that cuts a text into the pieces that tokens may not cross, or rewrites the pieces.</summary>
internal abstract class PreTokenizer
{
    public abstract void Apply(PieceText text);
}
