namespace OrleansInfer.Server;

/// <summary>
/// Reads documents with a model, and with a reference beside it if there is one. The same documents give the same figures, bit for bit,
/// at any number of cores: sums go in the order of the tokens.
/// </summary>
internal sealed class Evaluator(EvaluatedModel model, EvaluatedModel? reference, int maxModelLen)
{
    readonly Prediction[] _chunk = new Prediction[model.MaxChunk];
    double _loss, _referenceLoss, _divergence;
    long _tokens, _sameTop;

    /// <param name="documents">Of each document up to <c>maxModelLen</c> tokens are read.</param>
    /// <param name="progress">Called with the share of the tokens that is done, 0 to 1.</param>
    /// <exception cref="StartFault">The model's logits are not numbers.</exception>
    public EvaluationResult Run(IReadOnlyList<EvaluationDocument> documents, Action<double> progress, CancellationToken cancellation)
    {
        (_loss, _referenceLoss, _divergence, _tokens, _sameTop) = (0, 0, 0, 0, 0);
        var total = documents.Sum(NumPredicted);
        foreach (var document in documents)
        {
            cancellation.ThrowIfCancellationRequested();
            Read(document);
            progress((double)_tokens / Math.Max(1, total));
        }
        return new EvaluationResult(
            documents.Count(document => NumPredicted(document) > 0), documents.Count(document => document.TokenIds.Length > maxModelLen),
            _tokens, _loss / _tokens, _referenceLoss / _tokens, _divergence / _tokens, (double)_sameTop / _tokens);
    }

    // The last token is predicted and never read.
    long NumPredicted(EvaluationDocument document) => Math.Max(0, Math.Min(document.TokenIds.Length, maxModelLen) - 1);

    void Read(EvaluationDocument document)
    {
        var last = (int)NumPredicted(document);
        for (var position = 0; position < last; position += model.MaxChunk)
        {
            var count = Math.Min(model.MaxChunk, last - position);
            Predict(document.TokenIds, position, count);
            foreach (var prediction in _chunk.AsSpan(0, count)) Add(prediction);
        }
        if (!double.IsFinite(_loss + _referenceLoss + _divergence))
            throw new StartFault($"Line {document.Line}: the model's logits hold NaN or infinity.");
    }

    void Predict(int[] tokenIds, int position, int count)
    {
        var chunk = tokenIds.AsSpan(position, count);
        var (rows, referenceRows) = (model.Read(chunk, position), reference?.Read(chunk, position) ?? default);
        Parallel.For(0, count, i => _chunk[i] = Prediction.Of(RowAt(rows, i), RowAt(referenceRows, i), tokenIds[position + i + 1]));
    }

    ReadOnlySpan<float> RowAt(ReadOnlyMemory<float> rows, int row) =>
        rows.IsEmpty ? [] : rows.Span.Slice(row * model.VocabSize, model.VocabSize);

    void Add(Prediction prediction)
    {
        _tokens++;
        _loss += prediction.Loss;
        _referenceLoss += prediction.ReferenceLoss;
        _divergence += prediction.Divergence;
        if (prediction.SameTop) _sameTop++;
    }
}
