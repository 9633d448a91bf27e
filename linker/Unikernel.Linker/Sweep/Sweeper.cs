using Mono.Cecil;
using Mono.Collections.Generic;
using Unikernel.Linker.Nodes;
using Unikernel.Linker.Replace;

namespace Unikernel.Linker.Sweep;

/// <summary>Removes from an assembly what was not marked. Bodies are the business of <see cref="BodyRewriter"/>.</summary>
public sealed class Sweeper(LinkContext context, BodyRewriter bodies, IReadOnlySet<string> keptAssemblies)
{
    private readonly NodeFactory _nodes = context.Nodes;

    /// <summary>Trims an assembly of which something is marked.</summary>
    public void Sweep(AssemblyDefinition assembly)
    {
        ModuleDefinition module = assembly.MainModule;
        SweepAttributes(assembly);
        SweepAttributes(module);
        assembly.SecurityDeclarations.Clear();
        SweepTypes(module.Types, isTopLevel: true);
        SweepExportedTypes(module);
        SweepResources(assembly);
        for (int i = module.AssemblyReferences.Count - 1; i >= 0; i--)
        {
            if (!keptAssemblies.Contains(module.AssemblyReferences[i].Name))
                module.AssemblyReferences.RemoveAt(i);
        }
    }

    private void SweepTypes(Collection<TypeDefinition> types, bool isTopLevel)
    {
        List<TypeDefinition> kept = [.. types.Where((type, index) => _nodes.IsMarked(type) || (isTopLevel && index == 0))];
        if (kept.Count != types.Count)
        {
            types.Clear();
            foreach (TypeDefinition type in kept)
                types.Add(type);
        }

        foreach (TypeDefinition type in kept)
        {
            SweepType(type);
            if (type.HasNestedTypes)
                SweepTypes(type.NestedTypes, isTopLevel: false);
        }
    }

    private void SweepType(TypeDefinition type)
    {
        SweepAttributes(type);
        SweepGenericParameters(type);
        type.SecurityDeclarations.Clear();
        if (type.HasInterfaces)
        {
            foreach (InterfaceImplementation implementation in type.Interfaces)
                SweepAttributes(implementation);
        }

        RemoveUnmarked(type.Fields, _nodes.IsMarked);
        foreach (FieldDefinition field in type.Fields)
            SweepAttributes(field);

        // Properties and events first: they look at their accessors, which are still there.
        SweepProperties(type);
        SweepEvents(type);
        RemoveUnmarked(type.Methods, _nodes.IsMarked);
        foreach (MethodDefinition method in type.Methods)
            SweepMethod(method);
    }

    private void SweepMethod(MethodDefinition method)
    {
        SweepAttributes(method);
        SweepAttributes(method.MethodReturnType);
        SweepGenericParameters(method);
        method.SecurityDeclarations.Clear();
        foreach (ParameterDefinition parameter in method.Parameters)
            SweepAttributes(parameter);
        if (method.HasOverrides)
        {
            for (int i = method.Overrides.Count - 1; i >= 0; i--)
            {
                if (context.Resolver.Resolve(method.Overrides[i]) is not { } overridden || !_nodes.IsMarked(overridden))
                    method.Overrides.RemoveAt(i);
            }
        }

        bodies.Rewrite(method);
        DebugScopes.Trim(method);
    }

    private void SweepProperties(TypeDefinition type)
    {
        if (!type.HasProperties)
            return;
        for (int i = type.Properties.Count - 1; i >= 0; i--)
        {
            PropertyDefinition property = type.Properties[i];
            if (property.GetMethod is { } getter && !_nodes.IsMarked(getter))
                property.GetMethod = null;
            if (property.SetMethod is { } setter && !_nodes.IsMarked(setter))
                property.SetMethod = null;
            if (property.GetMethod is null && property.SetMethod is null)
                type.Properties.RemoveAt(i);
            else
                SweepAttributes(property);
        }
    }

    private void SweepEvents(TypeDefinition type)
    {
        if (!type.HasEvents)
            return;
        for (int i = type.Events.Count - 1; i >= 0; i--)
        {
            EventDefinition @event = type.Events[i];
            if (@event.AddMethod is { } add && !_nodes.IsMarked(add))
                @event.AddMethod = null;
            if (@event.RemoveMethod is { } remove && !_nodes.IsMarked(remove))
                @event.RemoveMethod = null;
            if (@event.InvokeMethod is { } invoke && !_nodes.IsMarked(invoke))
                @event.InvokeMethod = null;
            if (@event.AddMethod is null && @event.RemoveMethod is null)
                type.Events.RemoveAt(i);
            else
                SweepAttributes(@event);
        }
    }

    private void SweepExportedTypes(ModuleDefinition module)
    {
        if (!module.HasExportedTypes)
            return;
        for (int i = module.ExportedTypes.Count - 1; i >= 0; i--)
        {
            ExportedType exported = module.ExportedTypes[i];
            TypeDefinition? target = null;
            if (exported.Scope is AssemblyNameReference scope && keptAssemblies.Contains(scope.Name) && context.Store.TryGet(scope.Name) is { } assembly)
                target = context.TypeNames.Find(assembly, exported.FullName);
            if (target is null || !_nodes.IsMarked(target))
                module.ExportedTypes.RemoveAt(i);
        }
    }

    private void SweepResources(AssemblyDefinition assembly)
    {
        if (!assembly.MainModule.HasResources)
            return;
        for (int i = assembly.MainModule.Resources.Count - 1; i >= 0; i--)
        {
            string name = assembly.MainModule.Resources[i].Name;
            // Their work is done: constants are in the IL now, and they name members that are gone.
            bool applied = name is "ILLink.Substitutions.xml";
            if (applied || context.Substitutions.IsRemoved(assembly, name))
                assembly.MainModule.Resources.RemoveAt(i);
            else if (name == RemovedAttributes.EmbeddedName)
                assembly.MainModule.Resources[i] = RemovedAttributes.WithoutMissingTypes(assembly, (EmbeddedResource)assembly.MainModule.Resources[i]);
        }
    }

    private void SweepGenericParameters(IGenericParameterProvider provider)
    {
        if (!provider.HasGenericParameters)
            return;
        foreach (GenericParameter parameter in provider.GenericParameters)
        {
            SweepAttributes(parameter);
            if (parameter.HasConstraints)
            {
                foreach (GenericParameterConstraint constraint in parameter.Constraints)
                    SweepAttributes(constraint);
            }
        }
    }

    private void SweepAttributes(ICustomAttributeProvider provider)
    {
        if (!provider.HasCustomAttributes)
            return;
        Collection<CustomAttribute> attributes = provider.CustomAttributes;
        for (int i = attributes.Count - 1; i >= 0; i--)
        {
            if (context.Resolver.Resolve(attributes[i].Constructor) is not { } constructor || !_nodes.IsMarked(constructor))
                attributes.RemoveAt(i);
            else
                // The bytes as they were: an attribute that was decoded for marking would be written anew, and Cecil's spelling of
                // generic types in it is not one that ILC reads.
                attributes[i] = new CustomAttribute(attributes[i].Constructor, attributes[i].GetBlob());
        }
    }

    private static void RemoveUnmarked<T>(Collection<T> members, Func<T, bool> isMarked)
    {
        List<T> kept = [.. members.Where(isMarked)];
        if (kept.Count == members.Count)
            return;
        members.Clear();
        foreach (T member in kept)
            members.Add(member);
    }
}
