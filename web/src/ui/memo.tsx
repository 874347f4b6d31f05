import { Component, type ComponentType, type FunctionComponent } from 'preact'

/** A component that is drawn anew only when one of its props is another: in a list of a thousand, one row at a time. */
export function memo<P extends object>(Draw: FunctionComponent<P>): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P) {
      return (Object.keys(next) as (keyof P)[]).some(key => next[key] !== this.props[key])
    }
    render() {
      return <Draw {...(this.props as P)} />
    }
  }
}
