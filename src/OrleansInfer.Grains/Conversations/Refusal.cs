using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>The refusals of a conversation, in words.</summary>
static class Refusal
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public static InferenceException Invalid(string message, string param) => new(InferenceError.InvalidRequest, message, param);

    public static InferenceException NotFound() =>
        new(InferenceError.ConversationNotFound, "There is no such conversation, or it is no longer kept.");

    public static InferenceException Busy() =>
        new(InferenceError.ConversationBusy, "A turn of this conversation is running: read it to its end or cancel it first.");

    public static InferenceException Exists() =>
        new(InferenceError.ConversationExists, "There is a conversation of this name already.");

    public static InferenceException Moved(int after, int turns) =>
        new(InferenceError.ConversationMoved,
            $"The conversation's last turn is {turns - 1}, and not {after}: somebody else went on with it. Read it and ask again.");

    public static InferenceException NoTurn(int turn) =>
        new(InferenceError.ConversationNotFound, $"The conversation has no turn {turn}, or it was deleted.");

    public static InferenceException NoItem(long number) =>
        new(InferenceError.ConversationNotFound, $"The conversation has no item {number}, or it was deleted.");

    public static InferenceException Raw() =>
        Invalid("A raw prompt is a conversation of one turn: take a new conversation for the next.", "prompt");

    public static InferenceException Moving() =>
        new(InferenceError.Moving, "The conversation is being moved to another server; try again.", retryAfter: Soon);

    public static InferenceException GoesOnElsewhere() =>
        new(InferenceError.Unavailable, "The conversation goes on at another server; try again.", retryAfter: Soon);

    public static InferenceException Unavailable(JournalException fault) =>
        new(InferenceError.Unavailable, fault.Message, retryAfter: Soon);
}
