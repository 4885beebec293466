import { useQuery } from '@tanstack/react-query';
import { kit, MyRequest, mayStop } from '../ui/index.ts';
import { answerByPhone, requestsByPhone } from './by-phone.ts';
import { text } from './text.ts';

const ASK_AGAIN_MS = 20_000; // nobody is signed in: no event tells of a change

/** Beside the sign-in of a browser that is connected to a phone: what its owner may answer there, who may have lost the way to sign in. */
export function PhoneRequests() {
  const requests = useQuery({
    queryKey: ['phone-requests'],
    queryFn: requestsByPhone,
    refetchInterval: ASK_AGAIN_MS,
  });
  const items = requests.data?.filter(mayStop) ?? [];
  if (items.length === 0) return null;
  return (
    <section className={kit.stack} aria-label={text.phone.title}>
      <div>
        <h2>{text.phone.title}</h2>
        <p>{text.phone.lead}</p>
      </div>
      <ul className={kit.notices}>
        {items.map((item) => (
          <MyRequest key={item.id} item={item} answer={answerByPhone} />
        ))}
      </ul>
    </section>
  );
}
