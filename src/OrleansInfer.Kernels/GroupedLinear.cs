using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>
/// A linear whose weights alone are quantized (to 4 or 8 bits, by group or by row): x is 16-bit integers, finer than bfloat16 for all but
/// the smallest elements of a row.  <see cref="GroupedKernel"/> says what is computed; one kernel for all row counts.
/// </summary>
internal sealed unsafe class GroupedLinear(GroupedWeights weights, DataType type)
    : Linear(weights.Columns, weights.Outputs, type, DataType.Int16)
{
    const int ItemsPerThread = 16;
    const int BlockBytes = 384 * 1024; // rows of x that stay in the second-level cache while the weights pass

    public override long Bytes => weights.Bytes;

    public GroupedWeights Weights => weights;

    public override void Dispose() => weights.Dispose();

    internal override void Forward(Team team, Activations x, int rows, Activations y)
    {
        var job = new Job
        {
            X = (short*)x.Data,
            Scales = x.Scales,
            Y = y.Data,
            Weights = weights.Data,
            Bias = weights.Bias,
            PanelBytes = (nint)weights.PanelBytes,
            HeaderBytes = weights.HeaderBytes,
            Blocks = weights.Blocks,
            GroupBlocks = weights.GroupColumns / weights.BlockColumns,
            Groups = weights.Groups,
            GroupColumns = weights.GroupColumns,
            Rows = rows,
            Columns = weights.Columns,
            Outputs = weights.Outputs,
            Panels = weights.Panels,
            ItemPanels = Math.Max(1, weights.Panels / (ItemsPerThread * team.Threads)),
            BlockRows = Math.Max(1, BlockBytes / (weights.Columns * sizeof(short) * GroupedKernel.Rows)) * GroupedKernel.Rows,
            Type = Type,
        };
        if (!weights.Quantization.Symmetric) Sum(team, &job);
        team.Run(Body(), &job, (job.Panels + job.ItemPanels - 1) / job.ItemPanels, (long)rows * weights.Outputs * weights.Columns);
    }

    static void Sum(Team team, Job* job)
    {
        job->SumStride = RowCounts.Capacity(job->Rows);
        job->Sums = (int*)team.Scratch.Take(job->SumStride * job->Groups * sizeof(int));
        team.Run(&SumRow, job, job->Rows, (long)job->Rows * job->Columns);
    }

    static void SumRow(void* context, int item, int worker)
    {
        var job = (Job*)context;
        var x = job->X + (nint)item * job->Columns;
        for (var group = 0; group < job->Groups; group++)
        {
            var first = group * job->GroupColumns;
            var count = Math.Min(job->GroupColumns, job->Columns - first);
            job->Sums[group * job->SumStride + item] = GroupedKernel.Sum(x + first, count);
        }
    }

    delegate*<void*, int, int, void> Body() => (weights.Quantization.Bits, weights.ScaleType) switch
    {
        (4, DataType.BFloat16) => &Item<GroupedKernel.FourBits, BFloat16Element>,
        (4, _) => &Item<GroupedKernel.FourBits, Float32Element>,
        (_, DataType.BFloat16) => &Item<GroupedKernel.EightBits, BFloat16Element>,
        _ => &Item<GroupedKernel.EightBits, Float32Element>,
    };

    static void Item<TWidth, TScale>(void* context, int item, int worker)
        where TWidth : struct, GroupedKernel.IWidth
        where TScale : struct, IElement
    {
        var job = (Job*)context;
        var first = item * job->ItemPanels;
        var last = Math.Min(first + job->ItemPanels, job->Panels);
        for (var block = 0; block < job->Rows; block += job->BlockRows)
        {
            var end = Math.Min(block + job->BlockRows, job->Rows);
            for (var panel = first; panel < last; panel++) Panel<TWidth, TScale>(job, panel, block, end);
        }
    }

    static void Panel<TWidth, TScale>(Job* job, int panel, int firstRow, int endRow)
        where TWidth : struct, GroupedKernel.IWidth
        where TScale : struct, IElement
    {
        var results = stackalloc float[GroupedKernel.Rows * GroupedWeights.PanelOutputs];
        var tile = new GroupedKernel.Tile
        {
            Panel = job->Weights + panel * job->PanelBytes,
            HeaderBytes = job->HeaderBytes,
            Blocks = job->Blocks,
            GroupBlocks = job->GroupBlocks,
            XStride = job->Columns,
            SumStride = job->SumStride,
            Results = results,
        };
        for (int row = firstRow, rows; row < endRow; row += rows)
        {
            rows = GroupedKernel.TileRows(endRow - row);
            tile.X = job->X + (nint)row * job->Columns;
            tile.Sums = job->Sums == null ? null : job->Sums + row;
            new Span<float>(results, rows * GroupedWeights.PanelOutputs).Clear();
            GroupedKernel.Multiply<TWidth, TScale>(&tile, rows);
            var stored = Math.Min(rows, endRow - row);
            if (job->Type == DataType.Float32) Store<Float32Element>(job, results, row, stored, panel);
            else Store<BFloat16Element>(job, results, row, stored, panel);
        }
    }

    /// <summary>y = result * scale of the row + bias, rounded once before it is y's type.</summary>
    static void Store<T>(Job* job, float* results, int row, int rows, int panel) where T : struct, IElement
    {
        var first = panel * GroupedWeights.PanelOutputs;
        var end = Math.Min(first + GroupedWeights.PanelOutputs, job->Outputs);
        for (var r = 0; r < rows; r++, results += GroupedWeights.PanelOutputs)
        {
            var scale = Vector512.Create(job->Scales[row + r]);
            for (var output = first; output < end; output += VectorMath.Lanes)
            {
                var value = Vector512.FusedMultiplyAdd(Vector512.Load(results + output - first), scale, Vector512.Load(job->Bias + output));
                var to = (nint)(row + r) * job->Outputs + output;
                if (output + VectorMath.Lanes <= end) T.Store(job->Y, to, value);
                else VectorMath.StorePart<T>(job->Y, to, end - output, value);
            }
        }
    }

    struct Job
    {
        public short* X; // [Rows, Columns]
        public float* Scales; // [Rows]
        public void* Y; // [Rows, Outputs]
        public DataType Type; // of y
        public byte* Weights; // [Panels, PanelBytes]
        public float* Bias; // [Panels * PanelOutputs]
        public int* Sums; // [Groups, SumStride], of x; null without zero points
        public nint SumStride;
        public nint PanelBytes;
        public int HeaderBytes;
        public int Blocks;
        public int GroupBlocks;
        public int GroupColumns;
        public int Groups;
        public int Rows;
        public int Columns;
        public int Outputs;
        public int Panels;
        public int ItemPanels;
        public int BlockRows;
    }
}
