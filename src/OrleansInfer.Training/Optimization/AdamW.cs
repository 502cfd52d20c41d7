using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2019, "Decoupled Weight Decay Regularization") with the gradient's norm clipped. Its state is
/// open, because a run that is resumed must go on bit by bit. Matrices decay, norms and biases do not.
/// </summary>
internal sealed class AdamW : IDisposable
{
    const double Beta1 = 0.9;
    const double Beta2 = 0.95;
    const double Epsilon = 1e-8;
    const double WeightDecay = 0.1;
    const double MaxGradientNorm = 1;

    readonly IReadOnlyDictionary<string, Tensor> _weights;

    public AdamW(IReadOnlyDictionary<string, Tensor> weights)
    {
        _weights = weights;
        Momentum = weights.ToDictionary(w => w.Key, w => zeros(w.Value.shape));
        Variance = weights.ToDictionary(w => w.Key, w => zeros(w.Value.shape));
    }

    /// <summary>Running means of the gradients, by the names of the weights.</summary>
    public Dictionary<string, Tensor> Momentum { get; }

    /// <summary>Running means of the squared gradients.</summary>
    public Dictionary<string, Tensor> Variance { get; }

    /// <summary>Takes one step down the gradients and clears them.</summary>
    /// <param name="step">Counts from 1; corrects the bias of the young means.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <returns>The gradient's norm before clipping.</returns>
    public double Step(int step, double learningRate)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var norm = GradientNorm();
        var scale = Math.Min(1, MaxGradientNorm / (norm + 1e-6));
        foreach (var name in _weights.Keys)
            Update(name, scale, step, learningRate);
        return norm;
    }

    public void Dispose()
    {
        foreach (var tensor in Momentum.Values.Concat(Variance.Values))
            tensor.Dispose();
    }

    double GradientNorm() => Math.Sqrt(_weights.Values.Select(GradientOf).Sum(g => (g * g).sum().ToDouble()));

    // The scalars are held to the end of the method: see Arithmetic.
    void Update(string name, double scale, int step, double learningRate)
    {
        using Scalar clip = scale, beta1 = Beta1, rest1 = 1 - Beta1, beta2 = Beta2, rest2 = 1 - Beta2;
        using Scalar keep = 1 - learningRate * WeightDecay, move = -learningRate / (1 - Math.Pow(Beta1, step));
        var (weight, momentum, variance) = (_weights[name], Momentum[name], Variance[name]);
        var gradient = GradientOf(weight).mul_(clip);
        momentum.mul_(beta1).add_(gradient, rest1);
        variance.mul_(beta2).addcmul_(gradient, gradient, rest2);
        if (weight.dim() > 1)
            weight.mul_(keep);
        var spread = variance.Times(1 / (1 - Math.Pow(Beta2, step))).sqrt_().Plus(Epsilon);
        weight.addcdiv_(momentum, spread, move);
        gradient.zero_();
    }

    static Tensor GradientOf(Tensor weight) =>
        weight.grad ?? throw new InvalidOperationException("A weight has no gradient: Step comes after backward().");
}
