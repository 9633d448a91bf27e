using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes.Reflection;

/// <summary>One member that is needed as if reflection had found it.</summary>
public static class MemberAccess
{
    public static void Collect(DependencyCollector needs, IMemberDefinition member, string reason)
    {
        switch (member)
        {
            case MethodDefinition method:
                needs.Add(needs.Nodes.Reflected(method), reason);
                break;
            case FieldDefinition field:
                needs.Add(needs.Nodes.Field(field), reason);
                needs.Add(needs.Nodes.Constructed(field.DeclaringType), reason);
                break;
            case PropertyDefinition property:
                foreach (MethodDefinition? accessor in (ReadOnlySpan<MethodDefinition?>)[property.GetMethod, property.SetMethod])
                {
                    if (accessor is not null)
                        needs.Add(needs.Nodes.Reflected(accessor), reason);
                }

                break;
            case EventDefinition @event:
                foreach (MethodDefinition? accessor in (ReadOnlySpan<MethodDefinition?>)[@event.AddMethod, @event.RemoveMethod, @event.InvokeMethod])
                {
                    if (accessor is not null)
                        needs.Add(needs.Nodes.Reflected(accessor), reason);
                }

                break;
            case TypeDefinition type:
                needs.Add(needs.Nodes.DynamicAccess(type, MemberKinds.All), reason);
                break;
        }
    }
}
