namespace OrleansInfer.Models;

/// <summary>Where a render goes on after a statement.</summary>
internal enum Flow { Next, Break, Continue }
