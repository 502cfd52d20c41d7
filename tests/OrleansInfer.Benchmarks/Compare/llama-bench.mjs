// llama.cpp through the npm package node-llama-cpp: node llama-bench.mjs PEER_FOLDER MODEL.gguf THREADS PROMPT_TOKENS OUTPUT_TOKENS N,N,...
// Prints, for each count of sequences, one line of JSON with the same two rates as OrleansInfer's bench verb.
import {readFileSync} from "node:fs";
import {join} from "node:path";
import {pathToFileURL} from "node:url";

const [peerFolder, modelPath, threadsText, promptText, outputText, counts] = process.argv.slice(2);
const [threads, promptTokens, outputTokens] = [threadsText, promptText, outputText].map(Number);
const packageFolder = join(peerFolder, "node_modules", "node-llama-cpp");
const {main} = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
const {getLlama} = await import(pathToFileURL(join(packageFolder, main)));

const llama = await getLlama({gpu: false, build: "never", logLevel: "error", maxThreads: threads});
const model = await llama.loadModel({modelPath});
const vocabSize = model.fileInfo.metadata.tokenizer.ggml.tokens.length;

const prompt = (round, sequence, length) => Array.from(
    {length}, (_, i) => (round * 15485863 + sequence * 7919 + i * 104729) % vocabSize);

async function measure(round, sequences, promptTokens, outputTokens) {
    const context = await model.createContext({
        sequences, threads, contextSize: promptTokens + outputTokens + 16, batchSize: Math.min(8192, Math.max(512, sequences * promptTokens))
    });
    const tokens = Array.from({length: sequences}, (_, i) =>
        context.getSequence().evaluate(prompt(round, i, promptTokens), {temperature: 0, yieldEogToken: true}));
    const start = performance.now();
    await Promise.all(tokens.map((each) => each.next()));
    const prefilled = performance.now();
    await Promise.all(tokens.map(async (each) => {
        for (let i = 1; i < outputTokens; i++)
            if ((await each.next()).done) throw new Error("A sequence ended early.");
    }));
    const end = performance.now();
    await context.dispose();
    return {
        concurrency: sequences,
        prefill_tokens_per_second: sequences * promptTokens / (prefilled - start) * 1000,
        decode_tokens_per_second: sequences * (outputTokens - 1) / (end - prefilled) * 1000
    };
}

let round = 0;
for (const sequences of counts.split(",").map(Number)) {
    await measure(round++, sequences, Math.min(promptTokens, 32), 4); // warm-up: weights are read, threads are there
    console.log(JSON.stringify(await measure(round++, sequences, promptTokens, outputTokens)));
}
process.exit(0);
