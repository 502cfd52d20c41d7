namespace OrleansInfer.Models;

/// <summary>Stores a value where an assignment or a loop says.</summary>
internal delegate void AssignTarget(TemplateScope scope, TemplateValue value);
