using OrleansInfer.Models;

namespace OrleansInfer.Training;

/// <summary>The README.md of a checkpoint folder: what the model is, whose data it learned from, how to make it again.</summary>
internal static class ModelCard
{
    public static string Write(Trainer trainer, Corpus corpus, double plainPerplexity, double toolsPerplexity)
    {
        var options = trainer.Options;
        var config = trainer.Model.Config;
        var weights = trainer.Model.Weights.Values.Sum(w => w.numel());
        return $"""
            ---
            license: mit
            language: en
            pipeline_tag: text-generation
            tags: [llama, tool-calls, demo]
            ---

            # OrleansInfer demo model: a coffee bar in {weights / 1e6:F1} million weights

            A Llama-architecture model that takes orders at a coffee bar: {config.NumHiddenLayers} layers, {config.HiddenSize} wide,
            {Heads(config)}, {corpus.Vocabulary.Count:N0} tokens of byte-level BPE,
            {config.MaxModelLen:N0} positions (trained on windows of {options.WindowLength:N0}). It is there so that the
            service can be tried with nothing to download, and so that tests have a real model.

            ## Data and attribution

            Trained on dialogues derived from **Taskmaster-4 (TM-4-2024) by Bill Byrne and Saravanan Ganesh, Google LLC**, licensed
            [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). Changes: utterances and API annotations rewritten as chat messages in
            OpenAI's form, malformed JSON and duplicates dropped, split by a hash of the conversation id. For training, each dialogue is
            used in two forms: with its tool calls (the tools named in the system turn), and as plain talk without them; some of each
            get a system message.

            ## Use

            Chat in ChatML turns; tool calls in Hermes' form. The chat template in tokenizer_config.json writes both. With
            `tools` it calls them, without it answers in words. Tool names it knows: get_menu_items, add_order_item,
            get_order_details, finish_order, get_addons, show_menu, update_order, update_order_item.

            ## Perplexity on valid.jsonl

            | form | a token |
            | --- | --- |
            | plain talk | {plainPerplexity:F2} |
            | with tool calls and results | {toolsPerplexity:F2} |

            Each dialogue is read from its start; every token of it after the first counts, those of users and tools too.
            After {trainer.StepsDone:N0} of {options.Steps:N0} steps.

            ## How to train it again

                dotnet run --project src/OrleansInfer.Training -- train --data DIR --output DIR \
                    --steps {options.Steps} --seed {options.Seed} --learning-rate {options.PeakLearningRate} \
                    --plain-share {options.PlainShare}

            DIR with train.jsonl and valid.jsonl: one dialogue a line, `id` and `messages` in OpenAI's form. AdamW, fp32,
            {options.BatchSize} windows of {options.WindowLength} tokens a step, cosine schedule; saved here in bfloat16.

            ## Limits

            It knows nothing but coffee orders in English, and follows no other instruction. It invents prices, names and order numbers.
            Not for any use in which an answer matters.

            """;
    }

    static string Heads(ModelConfig config) =>
        $"{config.NumAttentionHeads} query and {config.NumKeyValueHeads} key/value heads of {config.HeadDim}";
}
