namespace OrleansInfer.Kernels;

/// <summary>
/// A linear in float arithmetic whose every result is one row of x by one row of W in one fixed order: 16 partial sums over the columns,
/// then <see cref="VectorMath.Sum"/>.  How rows and outputs are grouped to reuse registers changes nothing of that, so a row's result
/// does not depend on its batch.  Weights are float or bfloat16; reading them is what one row costs.
/// </summary>
internal sealed unsafe class RowDotLinear(StackedWeights weights) : Linear(weights.Columns, weights.Rows, weights.Type)
{
    const int OutputsPerItem = 32;
    const int BlockBytes = 192 * 1024; // rows of x that stay in the second-level cache while the weights pass

    public override long Bytes => weights.Bytes;

    public StackedWeights Weights => weights;

    internal override void Forward(Team team, Activations x, int rows, Activations y)
    {
        var job = new Job
        {
            X = FloatRows(team, x, rows),
            Y = y.Data,
            Weights = weights.Data,
            Rows = rows,
            Columns = weights.Stride,
            Outputs = weights.Rows,
            BlockRows = Math.Max(RowDot.Rows, BlockBytes / (weights.Stride * sizeof(float)) / RowDot.Rows * RowDot.Rows),
        };
        fixed (float* bias = weights.Bias)
        {
            job.Bias = bias;
            var items = (weights.Rows + OutputsPerItem - 1) / OutputsPerItem;
            var work = (long)rows * weights.Rows * weights.Stride;
            if (weights.Type == DataType.Float32) team.Run(&Item<Float32Element>, &job, items, work);
            else team.Run(&Item<BFloat16Element>, &job, items, work);
        }
    }

    public override void Dispose() => weights.Dispose();

    /// <summary>x as floats, each row padded with zeros as the weights' are.</summary>
    float* FloatRows(Team team, Activations x, int rows)
    {
        if (x.Type == DataType.Float32 && weights.Stride == weights.Columns) return (float*)x.Data;
        var result = (float*)team.Scratch.Take((long)rows * weights.Stride * sizeof(float));
        var row = result;
        for (nint i = 0; i < rows; i++, row += weights.Stride)
        {
            Conversion.ToFloat(x.Type, x.Data, i * weights.Columns, row, weights.Columns);
            new Span<float>(row + weights.Columns, weights.Stride - weights.Columns).Clear();
        }
        return result;
    }

    static void Item<T>(void* context, int item, int worker) where T : struct, IElement
    {
        var job = (Job*)context;
        var firstOutput = item * OutputsPerItem;
        var lastOutput = Math.Min(firstOutput + OutputsPerItem, job->Outputs);
        var results = stackalloc float[RowDot.Rows * RowDot.Outputs];
        for (var block = 0; block < job->Rows; block += job->BlockRows)
        {
            var lastRow = Math.Min(block + job->BlockRows, job->Rows);
            for (var output = firstOutput; output < lastOutput; output += RowDot.Outputs)
            {
                var outputs = Math.Min(RowDot.Outputs, lastOutput - output);
                var w = job->Weights + (nint)output * job->Columns * T.Size;
                for (var row = block; row < lastRow; row += RowDot.Rows)
                {
                    var rows = Math.Min(RowDot.Rows, lastRow - row);
                    RowDot.Multiply<T>(job->X + (nint)row * job->Columns, rows, w, outputs, job->Columns, results);
                    Write<T>(job, results, row, rows, output, outputs);
                }
            }
        }
    }

    static void Write<T>(Job* job, float* results, int row, int rows, int output, int outputs) where T : struct, IElement
    {
        for (var r = 0; r < rows; r++)
        {
            for (var o = 0; o < outputs; o++)
            {
                var value = results[r * RowDot.Outputs + o];
                if (job->Bias != null) value += job->Bias[output + o];
                T.Set(job->Y, (nint)(row + r) * job->Outputs + output + o, value);
            }
        }
    }

    struct Job
    {
        public float* X; // [Rows, Columns]
        public void* Y; // [Rows, Outputs]
        public byte* Weights; // [Outputs, Columns]
        public float* Bias; // [Outputs] or null
        public int Rows;
        public int Columns;
        public int Outputs;
        public int BlockRows;
    }
}
