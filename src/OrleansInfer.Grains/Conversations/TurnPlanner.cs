using System.Buffers.Binary;
using System.Security.Cryptography;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;

namespace OrleansInfer.Grains;

/// <summary>Checks a request and resolves all that it leaves open, so that the accepted turn can be generated again, the same,
/// anywhere.</summary>
sealed class TurnPlanner(ServedModel model, int maxModelLen, TimeProvider time)
{
    readonly PromptBuilder _prompts = new(model);

    /// <exception cref="InferenceException">The request is at fault.</exception>
    public TurnStarted Plan(TurnRequest request, ConversationState state)
    {
        Check(request, state);
        var prompt = _prompts.Build(request, state.Messages);
        var sampling = Resolve(request.Sampling, prompt.Length);
        return new()
        {
            Request = Serializable(request),
            PromptTokenIds = prompt,
            Sampling = sampling,
            Seed = request.Sampling.Seed ?? DrawSeed(),
            Created = time.GetUtcNow(),
            Model = model.Name,
            SystemFingerprint = model.SystemFingerprint,
        };
    }

    void Check(TurnRequest request, ConversationState state)
    {
        if (request.Model.Length > 0 && request.Model != model.Name)
            throw new InferenceException(
                InferenceError.ModelNotFound, $"The model {request.Model} is not served here; {model.Name} is.", "model");
        var given = (request.Messages is null ? 0 : 1) + (request.Prompt is null ? 0 : 1) + (request.PromptTokenIds is null ? 0 : 1);
        if (given != 1) throw Refusal.Invalid("Exactly one of messages, prompt and prompt token ids must be given.", "messages");
        if (state.IsRaw || (state.Exists && request.Messages is null)) throw Refusal.Raw();
        if (request.Messages is { } messages) ItemRules.CheckRoom(messages.Count + 1, state.Items, "messages");
        else if (request.Instructions is not null)
            throw Refusal.Invalid("Instructions need messages: a raw prompt has no place for them.", "instructions");
        if (request.Tag?.Length > TurnRequest.MaxTagLength)
            throw Refusal.Invalid($"The tag may have at most {TurnRequest.MaxTagLength} characters.", "tag");
        ItemRules.CheckRetention(request.Retention);
        if (SamplingParamsValidator.FirstFault(request.Sampling, model.VocabSize, maxModelLen) is { } fault)
            throw Refusal.Invalid(fault.Message, fault.Param);
    }

    SamplingParams Resolve(SamplingParams sampling, int promptTokens)
    {
        if (promptTokens == 0) throw Refusal.Invalid("The prompt is empty.", "prompt");
        var room = maxModelLen - promptTokens;
        if (room < Math.Max(1, sampling.MaxTokens ?? 1))
        {
            var answer = sampling.MaxTokens is { } max ? $" and {max} for the answer" : "";
            throw new InferenceException(
                InferenceError.ContextLengthExceeded,
                $"The context of {model.Name} is {maxModelLen} tokens long; this request takes {promptTokens} for the prompt{answer}. "
                + "Shorten the prompt or ask for fewer tokens.",
                "messages");
        }
        return Serializable(sampling) with { MaxTokens = sampling.MaxTokens ?? room };
    }

    // Collection expressions make list types that only their own assembly can name; the journal and other silos need plain ones.
    static TurnRequest Serializable(TurnRequest request) => request with
    {
        Messages = request.Messages?.ToArray(),
        PromptTokenIds = null,
        Sampling = Serializable(request.Sampling),
    };

    static SamplingParams Serializable(SamplingParams sampling) => sampling with
    {
        Stop = sampling.Stop.ToArray(),
        StopTokenIds = sampling.StopTokenIds.ToArray(),
        LogitBias = sampling.LogitBias?.ToDictionary(),
    };

    // The one place where randomness comes in; from here on the seed is part of the turn.
    static ulong DrawSeed() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
