namespace OrleansInfer.Models;

/// <summary>What a SentencePiece tokenizer.model says: its pieces, whose ids are their places, and its settings.</summary>
internal sealed class SentencePieceModel
{
    public enum PieceType
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
        Unused = 5,
        Byte = 6,
    }

    public readonly record struct Piece(string Text, float Score, PieceType Type);

    const int BpeModelType = 2;

    public List<Piece> Pieces { get; } = [];

    public bool AddDummyPrefix { get; private set; } = true;

    public string UnkPiece { get; private set; } = "<unk>";

    public string BosPiece { get; private set; } = "<s>";

    public string EosPiece { get; private set; } = "</s>";

    int _modelType = 1;
    int _charsMapBytes;

    public static SentencePieceModel Parse(ReadOnlySpan<byte> bytes)
    {
        var model = new SentencePieceModel();
        var fields = new ProtobufReader(bytes);
        while (fields.Read())
        {
            switch (fields.Field)
            {
                case 1: model.Pieces.Add(ParsePiece(fields.Bytes)); break;
                case 2: model.ParseTrainer(fields.Bytes); break;
                case 3: model.ParseNormalizer(fields.Bytes); break;
            }
        }
        if (model.Pieces.Count == 0)
            throw new InvalidDataException("it is not a SentencePiece model: it has no pieces");
        if (model._modelType != BpeModelType)
            throw new InvalidDataException($"SentencePiece model type {model._modelType} is not supported, only BPE ({BpeModelType})");
        if (model._charsMapBytes > 0)
            throw new InvalidDataException("SentencePiece's precompiled character map is not supported");
        return model;
    }

    static Piece ParsePiece(ReadOnlySpan<byte> bytes)
    {
        var (text, score, type) = ("", 0f, PieceType.Normal);
        var fields = new ProtobufReader(bytes);
        while (fields.Read())
        {
            switch (fields.Field)
            {
                case 1: text = fields.Text; break;
                case 2: score = fields.Single; break;
                case 3: type = (PieceType)(int)Math.Min(fields.Number, int.MaxValue); break;
            }
        }
        return Enum.IsDefined(type)
            ? new Piece(text, score, type)
            : throw new InvalidDataException($"the piece \"{text}\" has no known type");
    }

    void ParseTrainer(ReadOnlySpan<byte> bytes)
    {
        var fields = new ProtobufReader(bytes);
        while (fields.Read())
        {
            switch (fields.Field)
            {
                case 3: _modelType = (int)Math.Min(fields.Number, int.MaxValue); break;
                case 45: UnkPiece = fields.Text; break;
                case 46: BosPiece = fields.Text; break;
                case 47: EosPiece = fields.Text; break;
            }
        }
    }

    void ParseNormalizer(ReadOnlySpan<byte> bytes)
    {
        var fields = new ProtobufReader(bytes);
        while (fields.Read())
        {
            switch (fields.Field)
            {
                case 2: _charsMapBytes = fields.Bytes.Length; break;
                case 3: AddDummyPrefix = fields.Number != 0; break;
            }
        }
    }
}
