namespace OrleansInfer.Models;

/// <summary>Tokens and ids of a model, both ways. Ids are unique and bounded.</summary>
internal sealed class BpeVocabulary
{
    /// <summary>The largest vocabularies have some 300,000 tokens; a lying id must not make us reserve gigabytes.</summary>
    public const int MaxId = (1 << 22) - 1;

    readonly Dictionary<string, int> _ids;
    readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    string?[] _tokens = new string?[1024];

    public BpeVocabulary(IEnumerable<KeyValuePair<string, int>> tokens, int capacity = 0)
    {
        _ids = new Dictionary<string, int>(capacity, StringComparer.Ordinal);
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (token, id) in tokens)
            Add(token, id);
    }

    public int Count => _ids.Count;

    public int Size { get; private set; }

    public IReadOnlyDictionary<string, int> Ids => _ids;

    void Add(string token, int id)
    {
        if (id is < 0 or > MaxId)
            throw new InvalidDataException($"the token \"{token}\" has the id {id}, which is not between 0 and {MaxId}");
        if (!_ids.TryAdd(token, id))
            throw new InvalidDataException($"the token \"{token}\" occurs twice in the vocabulary");
        if (id >= _tokens.Length)
            Array.Resize(ref _tokens, Math.Max(id + 1, Math.Min(_tokens.Length * 2, MaxId + 1)));
        if (_tokens[id] is { } other)
            throw new InvalidDataException($"the tokens \"{other}\" and \"{token}\" have the same id {id}");
        _tokens[id] = token;
        Size = Math.Max(Size, id + 1);
    }

    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _idsBySpan.TryGetValue(token, out id);

    public int? IdOf(string? token) => token is not null && _ids.TryGetValue(token, out var id) ? id : null;
}
